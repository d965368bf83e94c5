using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Our server, on a Kestrel in this process, behind a proxy that can take it away.</summary>
internal sealed class SockeyeServer : ForeignServer
{
    private readonly WebApplication _app;
    private readonly ChaosProxy _proxy;
    private readonly ConcurrentDictionary<EngineSession, bool> _engines;

    private SockeyeServer(WebApplication app, ConcurrentDictionary<EngineSession, bool> engines)
    {
        _app = app;
        _engines = engines;
        _proxy = ChaosProxy.Start(new Uri(app.Urls.Single()));
    }

    public override ServerKind Kind => ServerKind.Sockeye;

    public override Uri Address => _proxy.Address;

    public static async Task<SockeyeServer> LaunchAsync(ServerSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options => Configure(options, settings));
        var app = builder.Build();
        try
        {
            var engines = new ConcurrentDictionary<EngineSession, bool>();
            SockeyeHandlers.Map(app.MapSocketIO(), socket =>
            {
                if (engines.TryAdd(socket.Conn, true))
                {
                    socket.Conn.OnClose((session, _, _) => engines.TryRemove(session, out bool _));
                }
            });
            await app.StartAsync(TestContext.Current.CancellationToken).Within();
            return new SockeyeServer(app, engines);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public override Task KillAsync()
    {
        // What a killed process looks like from outside: nobody listens, and what was open is reset. The rest goes when the test ends.
        _proxy.Refuse();
        _proxy.Reset();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _app.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);
    }

    protected override async Task<JsonElement> DoAsync(ServerCommand command)
    {
        var nsp = _app.Services.GetRequiredService<SocketIOServer>().Namespace(command.Namespace);
        switch (command.Do)
        {
            case "disconnectSockets":
                await nsp.DisconnectSocketsAsync(command.Close);
                break;
            case "closeEngines":
                foreach (var engine in _engines.Keys)
                {
                    engine.Close();
                }

                break;
            case "emit" when command.Room is { } room:
                await nsp.To(room).EmitAsync(command.Event!, command.Args.AsSpan());
                break;
            case "emit":
                await nsp.EmitAsync(command.Event!, command.Args.AsSpan());
                break;
            case "count":
                return JsonSerializer.SerializeToElement(new { sockets = (await nsp.FetchSocketsAsync()).Count });
            default:
                throw new ArgumentException($"The server cannot {command.Do}.");
        }

        return default;
    }

    private static void Configure(SocketIOOptions options, ServerSettings settings)
    {
        options.PingInterval = settings.PingInterval ?? options.PingInterval;
        options.PingTimeout = settings.PingTimeout ?? options.PingTimeout;
        options.MaxPayload = settings.MaxHttpBufferSize ?? options.MaxPayload;
        options.AllowUpgrades = settings.AllowUpgrades;
        options.ConnectionStateRecovery = settings.Recovery ? new() : null;
        if (settings.Format == WireFormat.MessagePack)
        {
            options.PacketFormat = new MessagePackPacketFormat();
        }
    }
}
