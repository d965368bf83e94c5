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

    internal WireSession Open(string? sid, int revision)
    {
        if (sid is null)
        {
            return new WireSession(this, revision);
        }

        if (!_sessions.TryGetValue(sid, out var session))
        {
            session = new WireSession(this, revision);
            Add(sid, session);
        }

        return session;
    }

    internal void Add(string sid, WireSession session)
    {
        if (_sessions.Count == MaxSessions)
        {
            _sessions.Remove(_order.Dequeue());
        }

        if (_sessions.TryAdd(sid, session))
        {
            _order.Enqueue(sid);
        }
    }
}

/// <summary>What a session's decoders remember from one message to the next, for each direction.</summary>
internal sealed class WireSession(WireSessions sessions, int revision)
{
    // A tool shows what is there: far more than a server would take.
    private static readonly PacketLimits Limits = new(MaxAttachments: 4096, MaxAttachmentBytes: 64 * 1024 * 1024, MaxNamespaceLength: 64 * 1024, MaxEventNameLength: 64 * 1024, MaxDepth: 256);

    private readonly PacketAssembler[] _assemblers = [new(Limits), new(Limits)];
    private readonly IPacketDecoder[] _messagePack = [new MessagePackPacketFormat().CreateDecoder(Limits), new MessagePackPacketFormat().CreateDecoder(Limits)];
    private readonly List<(WireConnection Connection, int Record)>[] _waiting = [[], []];

    /// <summary>The revision of Engine.IO: 3, 4, or 0 where the WebSocket carries something else.</summary>
    public int Revision { get; } = revision;

    public PacketAssembler Assembler(WireDirection direction) => _assemblers[(int)direction];

    public IPacketDecoder MessagePack(WireDirection direction) => _messagePack[(int)direction];

    /// <summary>The Engine.IO packets of a Socket.IO packet that waits for attachments, by whichever connection they came.</summary>
    public List<(WireConnection Connection, int Record)> Waiting(WireDirection direction) => _waiting[(int)direction];

    public void IsNamed(string sid) => sessions.Add(sid, this);
}
