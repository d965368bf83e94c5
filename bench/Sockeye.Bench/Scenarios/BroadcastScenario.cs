using System.Diagnostics;
using System.Globalization;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;
using Sockeye.Bench.Servers;
using Sockeye.Cli.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>One peer lets the server emit to all; the next follows when all have one.</summary>
/// <param name="polling">So many of the receivers poll.</param>
internal sealed class BroadcastScenario(string name, string title, int inFlight, int receivers, int polling = 0, string features = "") : Scenario(name, title, features)
{
    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var traffic = new Traffic(dialect, receivers, inFlight);
        var crowd = new Crowd(loop, traffic, (loop, traffic, index) => index >= receivers - polling
            ? new PollingPeer(loop, dialect, traffic, index, stage.Target)
            : new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        crowd.Open(receivers, TimeSpan.FromSeconds(60));
        traffic.Start(crowd.Peers[0]);
        var window = stage.Measure(loop, () => traffic.Delivered, traffic.Reset);
        traffic.Stop();
        loop.RunUntil(() => traffic.IsDone, TimeSpan.FromSeconds(20));
        crowd.Close();
        return Figures(window, traffic.Times);
    }

    public override bool Suits(Contestant contestant) => base.Suits(contestant) && (polling == 0 || contestant.Features.Contains("polling"));

    private sealed class Traffic(Dialect dialect, int receivers, int inFlight) : ITraffic
    {
        private readonly int[] _next = new int[receivers];
        private readonly (Payload Payload, int Missing, long Sent)[] _flying = new (Payload, int, long)[inFlight];
        private Peer? _sender;
        private int _sent;
        private int _done;
        private bool _isStopped;

        public long Delivered { get; private set; }

        public bool IsDone => _sent == _done;

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

        // One sender's events are handled in their order, so each receiver gets them in their order.
        public void OnMessage(Peer peer, ReadOnlySpan<byte> value)
        {
            var number = _next[peer.Index]++;
            ref var flying = ref _flying[number % inFlight];
            if (number >= _sent || !value.SequenceEqual(flying.Payload.Bytes))
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
            // 64 characters, no two alike within reach.
            var payload = dialect.Text(_sent.ToString("d10", CultureInfo.InvariantCulture).PadRight(64, 'x'));
            _flying[_sent++ % inFlight] = (payload, receivers, Stopwatch.GetTimestamp());
            _sender!.Call("broadcast", -1, payload);
        }
    }
}
