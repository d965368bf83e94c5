namespace Sockeye.Bench.Load;

/// <summary>Clients that are opened together, a few at a time, each only once the one before it in its row is ready.</summary>
internal sealed class Crowd(EventLoop loop, ITraffic traffic, Func<EventLoop, ITraffic, int, Peer> open) : ITraffic
{
    private const int Rows = 64;

    private int _wanted;
    private int _opened;
    private int _ready;

    public List<Peer> Peers { get; } = [];

    public void Open(int count, TimeSpan limit)
    {
        _wanted = Peers.Count + count;
        while (_opened < _wanted && _opened - _ready < Rows)
        {
            OpenOne();
        }

        loop.RunUntil(() => _ready == _wanted, limit);
        foreach (var peer in Peers)
        {
            peer.Traffic = traffic;
        }
    }

    public void OnReady(Peer peer)
    {
        _ready++;
        if (_opened < _wanted)
        {
            OpenOne();
        }
    }

    public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value) => traffic.OnReply(peer, id, value);

    public void OnMessage(Peer peer, ReadOnlySpan<byte> value) => traffic.OnMessage(peer, value);

    public void OnEnd(Peer peer) => throw new BenchException($"The server ended connection {peer.Index} while it was opened.");

    public void Close()
    {
        foreach (var peer in Peers)
        {
            peer.Dispose();
        }
    }

    private void OpenOne() => Peers.Add(open(loop, this, _opened++));
}
