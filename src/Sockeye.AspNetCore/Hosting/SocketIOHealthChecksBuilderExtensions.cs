using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sockeye.AspNetCore.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the health check of Socket.IO.</summary>
public static class SocketIOHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of all Socket.IO servers of the application: healthy, with the numbers of <c>sessions</c> and <c>sockets</c> as its data, until the host stops; then it
    /// fails, so that a load balancer sends new clients elsewhere while those that are here are drained.
    /// </summary>
    /// <param name="builder">From <c>AddHealthChecks</c>.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">The status while it fails; null: unhealthy.</param>
    /// <param name="tags">By which <c>MapHealthChecks</c> can choose it; "ready" is a good one, "live" is not: a server that stops is to be left alone, not killed.</param>
    public static IHealthChecksBuilder AddSocketIO(this IHealthChecksBuilder builder, string name = "socketio", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, static services => new SocketIOHealthCheck(services.GetServices<SocketIORegistration>(), services), failureStatus, tags));
    }
}
