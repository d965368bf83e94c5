using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>A Socket.IO server that says exactly what a test says, packet by packet, and shows what came: sessions of Engine.IO, with nothing above them.</summary>
internal sealed class WireServer : IEngineHandler, IAsyncDisposable
{
    private readonly Inbox<WireSession> _sessions = new();
    private WebApplication _app = null!;

    public string Url => _app.Urls.Single();

    /// <summary>How many sessions there have been.</summary>
    public int Count { get; private set; }

    public static async Task<WireServer> StartAsync(Action<EngineOptions>? configure = null)
    {
        var server = new WireServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        server._app = builder.Build();
        try
        {
            server._app.MapEngineIO("/socket.io", server, configure);
            await server._app.StartAsync(TestContext.Current.CancellationToken).Within();
            return server;
        }
        catch
        {
            await server._app.DisposeAsync();
            throw;
        }
    }

    public SocketIOClient Client(Via via = Via.WebSocket, Action<SocketIOClientOptions>? configure = null) => new(Url, Clients.Options(via, configure));

    public Task<WireSession> NextAsync() => _sessions.TakeAsync(what: "a connection");

    /// <summary>The next session, after it has let the client into "/".</summary>
    public async Task<WireSession> AcceptAsync(string answer = """0{"sid":"id"}""")
    {
        var session = await NextAsync();
        Assert.StartsWith("0", await session.TakeAsync());
        session.Send(answer);
        return session;
    }

    public void OnOpen(EngineSession session)
    {
        var wire = new WireSession(session);
        session.Tag = wire;
        Count++;
        _sessions.Add(wire);
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) =>
        ((WireSession)session.Tag!).Received.Add(isBinary ? $"binary {Convert.ToHexString(data)}" : Encoding.UTF8.GetString(data));

    public void OnClose(EngineSession session, EngineCloseReason reason, string? detail)
    {
        var wire = (WireSession)session.Tag!;
        wire.Received.End($"the connection was closed ({reason.ToWireString()}, {detail})");
        wire.End.TrySetResult(reason);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);
}

/// <summary>A connection to a <see cref="WireServer"/>.</summary>
internal sealed class WireSession(EngineSession engine)
{
    public EngineSession Engine => engine;

    public Inbox<string> Received { get; } = new();

    public TaskCompletionSource<EngineCloseReason> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<EngineCloseReason> Ended => End.Task.Within(what: "the end of the connection");

    public void Send(string packet) => engine.Send(OutboundMessage.Text(packet));

    public void Send(byte[] attachment) => engine.Send(OutboundMessage.Binary(attachment));

    public Task<string> TakeAsync() => Received.TakeAsync(what: "a packet");

    public async Task ExpectAsync(params string[] packets)
    {
        foreach (var packet in packets)
        {
            Assert.Equal(packet, await TakeAsync());
        }
    }
}
