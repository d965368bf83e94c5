using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers Socket.IO.</summary>
public static class SocketIOServiceCollectionExtensions
{
    /// <summary>
    /// Adds the Socket.IO server: <see cref="SocketIOServer"/> is a singleton that any service can take to emit. <c>app.MapSocketIO()</c> gives it its endpoint.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options. They are checked when the application starts.</param>
    public static IServiceCollection AddSocketIO(this IServiceCollection services, Action<SocketIOOptions>? configure = null) =>
        Add(services, Options.Options.DefaultName, null, configure);

    /// <summary>Adds the Socket.IO server with options from configuration: <c>AddSocketIO(builder.Configuration.GetSection("SocketIO"))</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// A section whose keys are the names of options. A key that is none, and a value that cannot be read, stop the application's start. Times are "00:00:25"; transports a
    /// list or "Polling, WebSocket"; <c>Cookie</c> and <c>PerMessageDeflate</c> true or a section. What is code (hooks, serializers) is set in <paramref name="configure"/>.
    /// </param>
    /// <param name="configure">Changes the options after the configuration.</param>
    public static IServiceCollection AddSocketIO(this IServiceCollection services, IConfiguration configuration, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, Options.Options.DefaultName, configuration, configure);
    }

    /// <summary>
    /// Adds a further Socket.IO server, with its own options, namespaces and handlers: <c>[FromKeyedServices("admin")] SocketIOServer</c> injects it,
    /// <c>app.MapSocketIO("/admin", name: "admin")</c> gives it its endpoint.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The key of the server and the name of its options; not empty.</param>
    /// <param name="configure">Changes the options. They are checked when the application starts.</param>
    public static IServiceCollection AddSocketIO(this IServiceCollection services, string name, Action<SocketIOOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(services, name, null, configure);
    }

    /// <inheritdoc cref="AddSocketIO(IServiceCollection, string, Action{SocketIOOptions}?)" />
    /// <param name="services">The application's services.</param>
    /// <param name="name">The key of the server and the name of its options; not empty.</param>
    /// <param name="configuration">A section whose keys are the names of options, as for the server without a name.</param>
    /// <param name="configure">Changes the options after the configuration.</param>
    public static IServiceCollection AddSocketIO(this IServiceCollection services, string name, IConfiguration configuration, Action<SocketIOOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, name, configuration, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string name, IConfiguration? configuration, Action<SocketIOOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddMetrics();
        services.AddRouting();
        var options = services.AddOptions<SocketIOOptions>(name).ValidateOnStart();
        if (configuration is not null)
        {
            options.Configure(target => SocketIOConfiguration.Apply(configuration, name, target));
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOOptions>, SocketIOOptionsValidator>());
        services.TryAddSingleton<ClientBundle>();
        services.AddHostedService<SocketIOLifetime>();
        services.TryAddEnumerable(ServiceDescriptor.Transient<IStartupFilter, RelayedRequests>());

        // A second call for the same server only adds to its options.
        var registration = new SocketIORegistration(name);
        if (!services.Any(service => registration.Equals(service.ServiceType == typeof(SocketIORegistration) ? service.ImplementationInstance : null)))
        {
            services.AddSingleton(registration);
            if (name == Options.Options.DefaultName)
            {
                services.TryAddSingleton(static provider => CreateServer(provider, Options.Options.DefaultName));
            }
            else
            {
                services.AddKeyedSingleton(name, static (provider, key) => CreateServer(provider, (string)key!));
            }
        }

        return services;
    }

    private static SocketIOServer CreateServer(IServiceProvider services, string name) => new(
        name,
        services.GetRequiredService<IOptionsMonitor<SocketIOOptions>>().Get(name),
        services,
        services.GetService<TimeProvider>() ?? TimeProvider.System,
        services.GetRequiredService<ILoggerFactory>(),
        services.GetRequiredService<IMeterFactory>());
}
