using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The server of the Engine.IO protocol suite: every message is sent back.</summary>
public abstract class EngineProtocolServer(TimeSpan pingInterval, TimeSpan pingTimeout, FakeTimeProvider? time = null) : IAsyncLifetime
{
    private KestrelServer? _server;

    internal KestrelServer Kestrel => _server!;

    internal EngineEcho Echo { get; } = new();

    internal RawPollingClient Polling() => Kestrel.Polling("/engine.io/");

    internal Task<RawWebSocketClient> WebSocketAsync(string query = "EIO=4&transport=websocket") => Kestrel.WebSocketAsync("/engine.io/", query);

    public async ValueTask InitializeAsync() => _server = await KestrelServer.StartAsync(
        app => app.MapEngineIO("/engine.io", Echo, options => (options.PingInterval, options.PingTimeout) = (pingInterval, pingTimeout)),
        builder =>
        {
            if (time is not null)
            {
                builder.Services.AddSingleton<TimeProvider>(time);
            }
        });

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Kestrel.DisposeAsync();
    }
}

/// <summary>The production heartbeat: no ping timeout can pass for the closing that a test waits for.</summary>
public sealed class PatientEngineProtocolServer() : EngineProtocolServer(TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20));

/// <summary>The suite's own heartbeat: a ping every 300 ms, a pong within 200 ms.</summary>
public sealed class QuickEngineProtocolServer() : EngineProtocolServer(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200));
