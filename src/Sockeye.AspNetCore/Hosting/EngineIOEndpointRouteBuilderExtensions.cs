using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Engine.IO endpoints.</summary>
public static class EngineIOEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Serves the Engine.IO layer alone: messages without events, namespaces and rooms. Most applications want <c>MapSocketIO</c>.
    /// </summary>
    /// <param name="endpoints">Where to add the endpoint.</param>
    /// <param name="pattern">The path, as the client's <c>path</c> option says it ("/engine.io" is the client's default).</param>
    /// <param name="handler">Gets the sessions and their messages.</param>
    /// <param name="configure">Changes the options.</param>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, string pattern, IEngineHandler handler, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handler);
        var options = new EngineOptions();
        configure?.Invoke(options);
        return MapEngineEndpoint(endpoints, pattern, CreateServer(endpoints.ServiceProvider, options, handler));
    }

    internal static EngineServer CreateServer(IServiceProvider services, EngineOptions options, IEngineHandler handler)
    {
        var server = new EngineServer(
            options,
            handler,
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IMeterFactory>());
        // The host waits for open requests when it stops; a waiting poll or a WebSocket would hold it until its patience ends.
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(server.CloseAll);
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.Register(server.Dispose);
        return server;
    }

    internal static IEndpointConventionBuilder MapEngineEndpoint(IEndpointRouteBuilder endpoints, string pattern, EngineServer server)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        // The official server matches by prefix: "/engine.io", "/engine.io/" and "/engine.io/default/" are one endpoint.
        return endpoints.Map($"{pattern.TrimEnd('/')}/{{**rest}}", new EngineEndpoint(server).HandleAsync).WithDisplayName($"Engine.IO {pattern}");
    }
}
