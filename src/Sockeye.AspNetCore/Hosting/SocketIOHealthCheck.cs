using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>Whether the application's Socket.IO servers take clients, and how many they have.</summary>
internal sealed class SocketIOHealthCheck(IEnumerable<SocketIORegistration> registrations, IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (sessions, sockets, draining) = (0, 0, (string?)null);
        foreach (var registration in registrations)
        {
            var server = registration.GetServer(services);
            sessions += server.Engine?.Count ?? 0;
            sockets += server.Namespaces.All.Sum(static ns => ns.SocketCount);
            draining ??= server.IsDraining ? $"{registration} takes no new clients: the host stops." : null;
        }

        var data = new Dictionary<string, object> { ["sessions"] = sessions, ["sockets"] = sockets };
        return Task.FromResult(draining is null
            ? HealthCheckResult.Healthy("Socket.IO takes clients.", data)
            : new HealthCheckResult(context.Registration.FailureStatus, draining, data: data));
    }
}
