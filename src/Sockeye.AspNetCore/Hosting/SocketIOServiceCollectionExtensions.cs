using System.Diagnostics.Metrics;
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
    public static IServiceCollection AddSocketIO(this IServiceCollection services, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddMetrics();
        services.AddRouting();
        var options = services.AddOptions<SocketIOOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOOptions>, SocketIOOptionsValidator>());
        services.TryAddSingleton(static provider => new SocketIOServer(
            provider.GetRequiredService<IOptions<SocketIOOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<IMeterFactory>()));
        services.TryAddSingleton<ClientBundle>();
        services.AddHostedService<SocketIOLifetime>();
        return services;
    }
}
