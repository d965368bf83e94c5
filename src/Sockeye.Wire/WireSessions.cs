using Sockeye.Protocol.Packets;

namespace Sockeye.Wire;

/// <summary>
/// The Engine.IO sessions of some connections. A session comes by many connections: each poll may take another one, and a WebSocket takes over from them; a packet whose
/// attachments come by the next poll is one packet. Used by one thread at a time.
/// </summary>
public sealed class WireSessions
{
    private const int MaxSessions = 4096;

    private readonly Dictionary<string, WireSession> _sessions = [];
    private readonly Queue<string> _order = [];

    /// <summary>How many bytes the attachments of one packet may have to be put together. Default: 64 MiB.</summary>
    public int MaxAttachmentBytes { get; init; } = 64 * 1024 * 1024;

    internal WireSession Open(string? sid, int revision)
    {
        if (sid is null || !_sessions.TryGetValue(sid, out var session))
        {
            session = new WireSession(this, revision);
            if (sid is not null)
            {
                Add(sid, session);
            }
        }

        return session;
    }

    internal void Add(string sid, WireSession session)
    {
        if (!_sessions.TryAdd(sid, session))
        {
            return;
        }

        _order.Enqueue(sid);
        if (_order.Count > MaxSessions)
        {
            _sessions.Remove(_order.Dequeue());
        }
    }

    /// <summary>No connection carries this session any more.</summary>
    internal void Forget(string sid) => _sessions.Remove(sid);
}

/// <summary>What a session's decoders remember from one message to the next, for each direction.</summary>
internal sealed class WireSession
{
    private readonly WireSessions _sessions;
    private readonly PacketAssembler[] _assemblers;
    private readonly IPacketDecoder[] _messagePack;
    private readonly List<(WireConnection Connection, int Record)>[] _waiting = [[], []];

    public WireSession(WireSessions sessions, int revision)
    {
        // A tool shows what is there: more than a server would take.
        var limits = new PacketLimits(MaxAttachments: 4096, MaxAttachmentBytes: sessions.MaxAttachmentBytes, MaxNamespaceLength: 64 * 1024, MaxEventNameLength: 64 * 1024, MaxDepth: 256)
        {
            IsProtocol4 = revision == 3,
        };
        (_sessions, Revision) = (sessions, revision);
        _assemblers = [new(limits), new(limits)];
        _messagePack = [new MessagePackPacketFormat().CreateDecoder(limits), new MessagePackPacketFormat().CreateDecoder(limits)];
    }

    /// <summary>The revision of Engine.IO: 3, 4, or 0 where the WebSocket carries something else.</summary>
    public int Revision { get; }

    public PacketAssembler Assembler(WireDirection direction) => _assemblers[(int)direction];

    public IPacketDecoder MessagePack(WireDirection direction) => _messagePack[(int)direction];

    /// <summary>The Engine.IO packets of a Socket.IO packet that waits for attachments, by whichever connection they came.</summary>
    public List<(WireConnection Connection, int Record)> Waiting(WireDirection direction) => _waiting[(int)direction];

    public void IsNamed(string sid) => _sessions.Add(sid, this);
}
