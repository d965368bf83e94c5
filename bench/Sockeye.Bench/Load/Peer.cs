using Sockeye.Bench.Protocols;

namespace Sockeye.Bench.Load;

/// <summary>One peer of the server under load, over whichever transport.</summary>
internal abstract class Peer(EventLoop loop, Dialect dialect, ITraffic traffic, int index) : IDisposable
{
    public EventLoop Loop { get; } = loop;

    public Dialect Dialect { get; } = dialect;

    public ITraffic Traffic { get; set; } = traffic;

    /// <summary>The place in its scenario.</summary>
    public int Index { get; } = index;

    public bool IsReady { get; private set; }

    /// <summary>How far its handshake is, for the dialect.</summary>
    public int Phase { get; set; }

    /// <summary>A packet that waits for its binary attachment: the acknowledgement it is, for the dialect.</summary>
    public long? Awaited { get; set; }

    public abstract void Send(ReadOnlySpan<byte> message, bool isBinary);

    /// <summary>It reads no more; what is sent to it piles up.</summary>
    public abstract void Pause();

    public abstract void Resume();

    public abstract void Dispose();

    public void BecomeReady()
    {
        IsReady = true;
        Loop.Progress++;
        Traffic.OnReady(this);
    }

    public void Call(string method, long id, Payload payload) => Dialect.Call(this, method, id, null, payload);

    public void Call(string method, long id, string? room, Payload? payload) => Dialect.Call(this, method, id, room, payload);
}

/// <summary>What a scenario hears of its clients.</summary>
internal interface ITraffic
{
    void OnReady(Peer peer);

    /// <summary>The acknowledgement of a call.</summary>
    void OnReply(Peer peer, long id, ReadOnlySpan<byte> value);

    /// <summary>An event "message" of the server.</summary>
    void OnMessage(Peer peer, ReadOnlySpan<byte> value);

    /// <summary>The server ended the connection.</summary>
    void OnEnd(Peer peer);
}
