using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Socket.IO endpoints.</summary>
public static class SocketIOEndpointRouteBuilderExtensions
{
    private const string Rest = "rest";

    /// <summary>
    /// Serves Socket.IO, and the browser client beside it (<see cref="SocketIOOptions.ServeClient"/>). The result takes both the conventions of an endpoint
    /// (<c>RequireCors</c>, <c>RequireAuthorization</c>) and the handlers of the namespace "/"; its <c>Namespace</c> method gives the other namespaces.
    /// </summary>
    /// <param name="endpoints">Where to add the endpoint.</param>
    /// <param name="pattern">
    /// The path, as the client's <c>path</c> option says it; null: <see cref="SocketIOOptions.Path"/>. Everything below it belongs to the endpoint. One server may have several
    /// endpoints, but no two endpoints have the same path.
    /// </param>
    /// <param name="name">The name that <c>AddSocketIO</c> gave the server; null: the server without one.</param>
    /// <exception cref="InvalidOperationException"><c>AddSocketIO</c> was not called, or not with this name.</exception>
    public static SocketIOEndpoint MapSocketIO(this IEndpointRouteBuilder endpoints, string? pattern = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var server = string.IsNullOrEmpty(name)
            ? services.GetService<SocketIOServer>()
                ?? throw new InvalidOperationException("MapSocketIO needs the Socket.IO services. Call builder.Services.AddSocketIO() before builder.Build().")
            : services.GetKeyedService<SocketIOServer>(name)
                ?? throw new InvalidOperationException($"There is no Socket.IO server \"{name}\". Call builder.Services.AddSocketIO(\"{name}\") before builder.Build().");
        server.Engine ??= new EngineServer(
            server.Options, new SocketEngineHandler(server), server.Time, services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<IMeterFactory>(), server.Relays);

        pattern = (pattern ?? server.Options.Path).TrimEnd('/');
        var engine = new EngineEndpoint(server.Engine);
        var client = server.Options.ServeClient ? services.GetRequiredService<ClientBundle>() : null;
        // The official server matches by prefix: "/socket.io", "/socket.io/" and "/socket.io/default/" are one endpoint.
        var conventions = endpoints.Map($"{pattern}/{{**{Rest}}}", Handle)
            .WithDisplayName($"Socket.IO {pattern}{(server.Name.Length > 0 ? $" ({server.Name})" : "")}")
            .WithMetadata(new SocketIOEndpointMetadata(server));
        return new SocketIOEndpoint(server, conventions);

        Task Handle(HttpContext context) =>
            client is not null && context.Request.RouteValues[Rest] is string file && client.TryServe(context, file, out var served)
                ? served
                : engine.HandleAsync(context);
    }
}
