using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The servers of both protocol suites: Engine.IO that sends every message back, and Socket.IO with the suite's namespaces and events.</summary>
public abstract class ProtocolServer(TimeSpan pingInterval, TimeSpan pingTimeout, FakeTimeProvider? time = null) : IAsyncLifetime
{
    private KestrelServer? _server;

    internal KestrelServer Kestrel => _server!;

    internal EngineEcho Echo { get; } = new();

    internal EngineCases Engine => new(Kestrel, "/engine.io/", question: "4hello", answer: "4hello");

    // A namespace that does not exist can be asked for again and again.
    internal EngineCases Socket => new(Kestrel, "/socket.io/", question: "40/random", answer: "44/random,");

    public async ValueTask InitializeAsync() => _server = await KestrelServer.StartAsync(Map, Configure);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Kestrel.DisposeAsync();
    }

    private void Configure(WebApplicationBuilder builder)
    {
        if (time is not null)
        {
            builder.Services.AddSingleton<TimeProvider>(time);
        }

        builder.Services.AddSocketIO(options =>
        {
            (options.PingInterval, options.PingTimeout) = (pingInterval, pingTimeout);
            options.ConnectTimeout = time is null ? options.ConnectTimeout : TimeSpan.FromSeconds(1);
        });
    }

    private void Map(WebApplication app)
    {
        app.MapEngineIO("/engine.io", Echo, options => (options.PingInterval, options.PingTimeout) = (pingInterval, pingTimeout));
        app.MapEngineIO("/engine.io3", Echo, options => (options.PingInterval, options.PingTimeout, options.AllowEIO3) = (pingInterval, pingTimeout, true));

        var io = app.MapSocketIO();
        io.OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth));
        io.On("message", (ServerSocket socket, PacketArguments arguments) => socket.EmitAsync("message-back", arguments));
        io.On("message-with-ack", (ServerSocket _, PacketArguments arguments) => arguments);
        io.Namespace("/custom").OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth));
    }
}

/// <summary>The production heartbeat: no ping timeout can pass for the closing that a test waits for.</summary>
public sealed class PatientProtocolServer() : ProtocolServer(TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20));

/// <summary>The suites' ping every 300 ms, but all the time for the pong: a busy machine must not fail a test.</summary>
public sealed class LivelyProtocolServer() : ProtocolServer(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(20));

/// <summary>The suites' own heartbeat: a ping every 300 ms, a pong within 200 ms.</summary>
public sealed class QuickProtocolServer() : ProtocolServer(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200));

/// <summary>A server on a clock that the test moves, with the suites' connect timeout of a second, and their heartbeat unless told otherwise.</summary>
internal sealed class FrozenProtocolServer(FakeTimeProvider time, TimeSpan? pingInterval = null) : ProtocolServer(pingInterval ?? TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200), time)
{
    public static async Task<FrozenProtocolServer> StartAsync(FakeTimeProvider time, TimeSpan? pingInterval = null)
    {
        var server = new FrozenProtocolServer(time, pingInterval);
        await server.InitializeAsync();
        return server;
    }
}
