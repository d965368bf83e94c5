using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>A Socket.IO server on Kestrel.</summary>
internal static class SocketApp
{
    public static Task<KestrelServer> StartAsync(Action<SocketIOEndpoint> configure, Action<SocketIOOptions>? options = null) =>
        KestrelServer.StartAsync(app => configure(app.MapSocketIO()), builder => builder.Services.AddSocketIO(options));

    public static SocketIOServer Server(this KestrelServer server) => server.Services.GetRequiredService<SocketIOServer>();

    /// <summary>Waits for a condition that another thread brings about.</summary>
    public static async Task UntilAsync(Func<bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < Waiting.Bound, $"Waited in vain: {what}");
            await Task.Yield();
        }
    }
}
