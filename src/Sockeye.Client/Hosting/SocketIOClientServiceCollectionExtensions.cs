using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.Client.Sockets;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Socket.IO clients as services.</summary>
public static class SocketIOClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds a client as a singleton, to be taken as <see cref="SocketIOClient"/>. It uses the application's logging, and its clock if there is one; it connects when one of its sockets does, and is disposed with the application.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="url">The server, as in <c>https://example.com</c>.</param>
    /// <param name="configure">The settings. <c>services.Configure&lt;SocketIOClientOptions&gt;(section)</c> counts, too.</param>
    public static IServiceCollection AddSocketIOClient(this IServiceCollection services, string url, Action<SocketIOClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(static service => service.ServiceType == typeof(SocketIOClient) && !service.IsKeyedService))
        {
            throw new InvalidOperationException("There is a client without a name already. Give the second one a name: AddSocketIOClient(\"prices\", url).");
        }

        Configure(services, Microsoft.Extensions.Options.Options.DefaultName, url, configure);
        return services.AddSingleton(provider => Create(provider, Microsoft.Extensions.Options.Options.DefaultName, url));
    }

    /// <summary>As <see cref="AddSocketIOClient(IServiceCollection, string, Action{SocketIOClientOptions}?)"/>, one of several: to be taken as <c>[FromKeyedServices("name")] SocketIOClient</c>, with the named options "name".</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the client and of its options.</param>
    /// <param name="url">The server.</param>
    /// <param name="configure">The settings.</param>
    public static IServiceCollection AddSocketIOClient(this IServiceCollection services, string name, string url, Action<SocketIOClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Configure(services, name, url, configure);
        return services.AddKeyedSingleton(name, (provider, _) => Create(provider, name, url));
    }

    private static void Configure(IServiceCollection services, string name, string url, Action<SocketIOClientOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ClientAddress.Parse(url);
        var options = services.AddOptions<SocketIOClientOptions>(name);
        if (configure is not null)
        {
            options.Configure(configure);
        }
    }

    private static SocketIOClient Create(IServiceProvider provider, string name, string url)
    {
        var options = provider.GetRequiredService<IOptionsMonitor<SocketIOClientOptions>>().Get(name);
        options.LoggerFactory ??= provider.GetService<ILoggerFactory>();
        if (options.TimeProvider == TimeProvider.System && provider.GetService<TimeProvider>() is { } clock)
        {
            options.TimeProvider = clock;
        }

        return new SocketIOClient(url, options);
    }
}
