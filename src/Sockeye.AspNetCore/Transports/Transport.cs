using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// The one above a transport: the session. Transports know it by this interface only, so that the folders' order holds. All calls name the transport
/// that makes them: one that the session has left behind is told to stop.
/// </summary>
internal interface ITransportOwner
{
    /// <summary>What waits to be written.</summary>
    OutboundQueue Queue { get; }

    /// <summary>A packet came in. False: read no further.</summary>
    bool OnPacket(Transport from, EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data);

    /// <summary>Bytes came in that are no packet.</summary>
    void OnMalformed(Transport from, string detail);

    /// <summary>The peer closed the transport (<paramref name="error"/> null), or it failed.</summary>
    void OnTransportClosed(Transport from, string? error);

    /// <summary>A batch was handed to the network; more may be taken.</summary>
    void OnWritten(Transport from);

    /// <summary>The close that <see cref="Transport.TryClose"/> could not write at once is written now.</summary>
    void OnCloseWritten(Transport from);

    /// <summary>The client closed while none of its polls was here. It sends its close beside a waiting poll, so that poll is on its way and wants to be released. Called at most once.</summary>
    void ExpectLatePoll();

    /// <summary>Completes at once, or when the session reads again.</summary>
    Task WhenReadable();

    /// <summary>Calls back once, on the timer wheel.</summary>
    IDisposable Schedule(TimeSpan delay, Action callback);
}

/// <summary>How a transport is discarded.</summary>
internal enum TransportEnd
{
    /// <summary>The session moved to another transport.</summary>
    Upgraded,

    /// <summary>The peer closed; it waits for nothing but the end of what it has open.</summary>
    ClosedByPeer,

    /// <summary>This side ends the session: say so in the protocol's way.</summary>
    Closed,

    /// <summary>The peer must not be waited for: cut the connection.</summary>
    Aborted,
}

/// <summary>How the bytes of a session leave and arrive. The seam is narrow on purpose: flush, close, and the calls of <see cref="ITransportOwner"/>. Thread-safe.</summary>
internal abstract class Transport
{
    /// <summary>The protocol's name of the transport.</summary>
    public abstract string Name { get; }

    /// <summary>Who calls <see cref="Flush"/>; null: whoever does so for the session.</summary>
    public virtual IFlushScheduler? Scheduler => null;

    /// <summary>The transport carries the session from now on.</summary>
    public virtual void Attach()
    {
    }

    /// <summary>Something is queued: hand it to the network, all in one write. Returns at once; what the network does not take yet is written when it does.</summary>
    public abstract void Flush();

    /// <summary>
    /// The session has drained its queue and closes. True: it can be closed at once, by <see cref="Discard"/>. False: the client must ask once more before it can be told (polling);
    /// then <see cref="ITransportOwner.OnCloseWritten"/> follows.
    /// </summary>
    public virtual bool TryClose() => true;

    /// <summary>The session ends, or has moved on: finish what is open and write no more of the queue.</summary>
    public abstract void Discard(TransportEnd end);

    /// <summary>Answers a waiting poll with a noop, so that the client can pause polling and upgrade. Nothing on other transports.</summary>
    public virtual void ReleasePoll()
    {
    }

    /// <summary>Writes a packet past the queue: a candidate's "3probe".</summary>
    public virtual void WriteDirect(OutboundMessage message) => throw new NotSupportedException($"The {Name} transport cannot be a candidate for an upgrade.");
}

/// <summary>A transport on one open connection.</summary>
internal abstract class ConnectionTransport : Transport
{
    /// <summary>How long the peer may hold up a close. ws waits 30 s; nothing is lost by cutting earlier, and a shutdown is faster.</summary>
    protected static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Begins to read. When it returns, the request may end: nothing touches its connection any more, or the connection no longer needs the request.</summary>
    public abstract Task RunAsync();

    /// <summary>Instead of <see cref="RunAsync"/>, when the session could not begin with it: frees what the transport holds.</summary>
    public virtual void Abandon() => Discard(TransportEnd.Aborted);
}
