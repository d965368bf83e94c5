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

/// <summary>Our server on a Kestrel, and what tests tell it to do.</summary>
internal sealed class SockeyeApplication : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<EngineSession, bool> _engines;

    private SockeyeApplication(WebApplication app, ConcurrentDictionary<EngineSession, bool> engines)
    {
        _app = app;
        _engines = engines;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    public static async Task<SockeyeApplication> StartAsync(ServerSettings settings, CancellationToken cancellation)
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
            await app.StartAsync(cancellation);
            return new SockeyeApplication(app, engines);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Completes when it has done what the command says.</summary>
    public async Task<JsonElement> DoAsync(ServerCommand command)
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
        options.AllowEIO3 = settings.AllowEIO3;
        options.ConnectionStateRecovery = settings.Recovery ? new() : null;
        if (settings.Format == WireFormat.MessagePack)
        {
            options.PacketFormat = new MessagePackPacketFormat();
        }
    }
}
