using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A Socket.IO server on a real Kestrel.</summary>
internal static class SocketIOTestServer
{
    /// <summary>Starts a server.</summary>
    /// <param name="configure">Registers handlers.</param>
    /// <param name="options">Changes the options.</param>
    /// <param name="time">The clock of the server; the system's if null.</param>
    /// <param name="builder">Adds services.</param>
    public static Task<KestrelServer> StartAsync(
        Action<SocketIOEndpoint>? configure = null, Action<SocketIOOptions>? options = null, TimeProvider? time = null, Action<WebApplicationBuilder>? builder = null) =>
        KestrelServer.StartAsync(
            app =>
            {
                var io = app.MapSocketIO();
                configure?.Invoke(io);
            },
            web =>
            {
                if (time is not null)
                {
                    web.Services.AddSingleton(time);
                }

                web.Services.AddSocketIO(socketIO =>
                {
                    if (EachTransportAttribute.WantsMessagePack)
                    {
                        socketIO.PacketFormat = new MessagePackPacketFormat();
                    }

                    options?.Invoke(socketIO);
                });
                builder?.Invoke(web);
            });

    public static SocketIOServer Io(this KestrelServer server) => server.Services.GetRequiredService<SocketIOServer>();

    /// <summary>Waits for a condition of the server's inside that no event tells of.</summary>
    public static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Waiting.Bound, $"Waited in vain: {what}");
            await Task.Yield();
        }
    }
}
