using System.Diagnostics;
using System.Globalization;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;
using Sockeye.Cli.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>One sender, whose events all receivers get in its order. The next is sent when all have one.</summary>
internal sealed class BroadcastTraffic(Dialect dialect, int receivers, int inFlight, int size = 64, string? room = null) : ITraffic
{
    private readonly int[] _next = new int[receivers];
    private readonly (Payload Payload, int Missing, long Sent)[] _flying = new (Payload, int, long)[inFlight];
    private readonly string _filler = new('x', size - 10);
    private Peer? _sender;
    private int _done;
    private bool _isStopped;

    public int Sent { get; private set; }

    public long Delivered { get; private set; }

    public bool IsDone => Sent == _done;

    public Percentiles Times { get; private set; } = new();

    public void Reset() => Times = new Percentiles();

    public void Stop() => _isStopped = true;

    public void Start(Peer sender)
    {
        _sender = sender;
        for (var i = 0; i < inFlight; i++)
        {
            Send();
        }
    }

    public void OnReady(Peer peer)
    {
    }

    public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value) => throw new BenchException("An acknowledgement that nobody waits for.");

    public void OnMessage(Peer peer, ReadOnlySpan<byte> value)
    {
        var number = _next[peer.Index]++;
        ref var flying = ref _flying[number % inFlight];
        if (number >= Sent || !value.SequenceEqual(flying.Payload.Bytes))
        {
            throw new BenchException($"Receiver {peer.Index} got the wrong event in place of number {number}.");
        }

        Times.Add(Stopwatch.GetElapsedTime(flying.Sent));
        Delivered++;
        if (--flying.Missing == 0)
        {
            _done++;
            if (!_isStopped)
            {
                Send();
            }
        }
    }

    public void OnEnd(Peer peer) => throw new BenchException("The server ended a connection.");

    private void Send()
    {
        // No two alike, so that a receiver that missed one is noticed.
        var payload = dialect.Text(Sent.ToString("d10", CultureInfo.InvariantCulture) + _filler);
        _flying[Sent++ % inFlight] = (payload, receivers, Stopwatch.GetTimestamp());
        _sender!.Call(room is null ? "broadcast" : "room", -1, room, payload);
    }
}
