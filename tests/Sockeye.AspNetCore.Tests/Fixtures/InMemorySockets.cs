using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A Socket.IO server without a network: hundreds of sockets cost nothing, and what is queued for them can be looked at.</summary>
internal sealed class InMemorySockets : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly EngineServer _engine;
    private int _lastSession;

    public InMemorySockets(Action<SocketIOOptions>? options = null)
    {
        _services = new ServiceCollection().AddSocketIO(options).BuildServiceProvider();
        Io = _services.GetRequiredService<SocketIOServer>();
        Io.Engine = _engine = new EngineServer(
            Io.Options, new SocketEngineHandler(Io), TimeProvider.System, NullLoggerFactory.Instance, _services.GetRequiredService<IMeterFactory>());
    }

    public SocketIOServer Io { get; }

    /// <summary>The scope of the server's meters.</summary>
    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>Opens a connection.</summary>
    /// <param name="reads">False: whatever is sent to it stays in its queue.</param>
    /// <param name="seen">Gets every message that leaves, on the thread that writes it.</param>
    public InMemoryPeer Open(bool reads = true, Action<OutboundMessage>? seen = null)
    {
        return Attach(session => new InMemoryPeer(session, reads, seen)).Transport;
    }

    /// <summary>Opens a connection on a transport of the caller's.</summary>
    public (EngineSession Session, T Transport) Attach<T>(Func<EngineSession, T> create)
        where T : Transport
    {
        var session = _engine.TryCreate($"session-{Interlocked.Increment(ref _lastSession)}", 4, new DefaultHttpContext())!;
        var transport = create(session);
        session.Start(transport, _engine.OpenPayloadFor(session, transport.Name));
        return (session, transport);
    }

    /// <summary>Opens a connection and joins the namespace "/".</summary>
    public (InMemoryPeer Peer, ServerSocket Socket) Connect(bool reads = true)
    {
        var peer = Open(reads);
        var known = Io.Main.Sockets;
        peer.Send("0");
        return (peer, Io.Main.Sockets.Except(known).Single());
    }

    public async ValueTask DisposeAsync()
    {
        await Io.CloseAsync().Within();
        _engine.Dispose();
        await _services.DisposeAsync();
    }
}

/// <summary>A client's connection, as a transport that writes into a list.</summary>
internal sealed class InMemoryPeer(EngineSession session, bool reads, Action<OutboundMessage>? seen) : Transport
{
    private readonly Inbox<OutboundMessage> _messages = new();

    public override string Name => "websocket";

    public EngineSession Session => session;

    private ITransportOwner Owner => session;

    /// <summary>The Socket.IO text packet of a message.</summary>
    public static string TextOf(OutboundMessage message) => Encoding.UTF8.GetString(message.GetPart(0, out _)[1..]);

    /// <summary>The id that a CONNECT answer tells.</summary>
    public static string IdOf(string connected) => JsonElement.Parse(connected[1..]).GetProperty("sid").GetString()!;

    /// <summary>The client sends a Socket.IO text packet.</summary>
    public void Send(string packet) => Owner.OnPacket(this, EnginePacketType.Message, isBinary: false, Encoding.UTF8.GetBytes(packet));

    /// <summary>The client sends a binary message.</summary>
    public void Send(byte[] data) => Owner.OnPacket(this, EnginePacketType.Message, isBinary: true, data);

    /// <summary>The client is gone.</summary>
    public void Cut() => Owner.OnTransportClosed(this, null);

    /// <summary>The next message for the client.</summary>
    public Task<OutboundMessage> ReceiveAsync() => _messages.TakeAsync(what: "a message");

    /// <summary>The next message for the client that is an event.</summary>
    public Task<OutboundMessage> ReceiveEventAsync() => _messages.TakeAsync(static message => message.GetPart(0, out _) is [(byte)'4', (byte)'2' or (byte)'5', ..], "an event");

    /// <summary>The next event as text.</summary>
    public async Task<string> ReceiveTextAsync() => TextOf(await ReceiveEventAsync());

    public override void Attach() => Owner.Queue.TryLease(this);

    public override void Flush()
    {
        var batch = new List<OutboundMessage>();
        while (reads && Owner.Queue.TryTake(this, batch, int.MaxValue, int.MaxValue))
        {
            foreach (var message in batch)
            {
                seen?.Invoke(message);
                _messages.Add(message);
            }

            batch.Clear();
            Owner.Queue.Written(this);
            Owner.OnWritten(this);
        }
    }

    public override bool TryClose() => true;

    public override void Discard(TransportEnd end) => _messages.End($"the transport was discarded ({end})");
}
