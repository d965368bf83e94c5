using System.Diagnostics;
using System.Security.Cryptography;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;
using Sockeye.Bench.Servers;
using Sockeye.Cli.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>Each peer keeps some acknowledgements in flight; a reply is followed by the next call.</summary>
internal sealed class EchoScenario(string name, string title, int inFlight, int size, EchoForm form = EchoForm.Text, string features = "") : Scenario(name, title, features)
{
    private const int Clients = 100;

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var isBinary = form == EchoForm.Binary;
        var payload = isBinary ? dialect.Binary(RandomNumberGenerator.GetBytes(size)) : dialect.Text(Text(size));
        var traffic = new Traffic(isBinary ? "echo-binary" : "echo", payload, inFlight);
        var crowd = new Crowd(loop, traffic, (loop, traffic, index) => form == EchoForm.Polling
            ? new PollingPeer(loop, dialect, traffic, index, stage.Target)
            : new WebSocketPeer(loop, dialect, traffic, index, stage.Target));
        crowd.Open(Clients, TimeSpan.FromSeconds(20));
        foreach (var peer in crowd.Peers)
        {
            traffic.Start(peer);
        }

        var window = stage.Measure(loop, () => traffic.Done, traffic.Reset);
        traffic.Stop();
        loop.RunUntil(() => traffic.InFlight == 0, TimeSpan.FromSeconds(20));
        if (stage.Target.IsCompressed && crowd.Peers.OfType<WebSocketPeer>().Any(peer => peer.CompressedMessages == 0))
        {
            throw new BenchException("The server does not compress.");
        }

        crowd.Close();
        return Figures(window, traffic.Times);
    }

    public override bool Suits(Contestant contestant) => base.Suits(contestant) && form switch
    {
        EchoForm.Binary => contestant.Features.Contains("binary"),
        EchoForm.Polling => contestant.Features.Contains("polling"),
        _ => true,
    };

    // Like text, so that it can be compressed, but not by much.
    private static string Text(int size) => string.Concat(Enumerable.Range(0, size).Select(static i => (char)('a' + ((long)i * i * 31 / 7 % 26))));

    private sealed class Traffic(string method, Payload payload, int inFlight) : ITraffic
    {
        private readonly List<long[]> _expected = [];
        private readonly List<long[]> _sent = [];
        private bool _isStopped;

        public long Done { get; private set; }

        public int InFlight { get; private set; }

        public Percentiles Times { get; private set; } = new();

        public void Reset() => Times = new Percentiles();

        public void Stop() => _isStopped = true;

        public void Start(Peer peer)
        {
            _expected.Add(new long[inFlight]);
            _sent.Add(new long[inFlight]);
            for (var i = 0; i < inFlight; i++)
            {
                Send(peer, i);
            }
        }

        public void OnReady(Peer peer)
        {
        }

        // Acknowledgements may come in any order: each id belongs to a slot, whose next id is one round on.
        public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value)
        {
            var slot = (int)(id % inFlight);
            if (_expected[peer.Index][slot] != id)
            {
                throw new BenchException($"Acknowledgement {id}, which nobody waits for.");
            }

            if (!value.SequenceEqual(payload.Bytes))
            {
                throw new BenchException("The echo is not what was sent.");
            }

            Times.Add(Stopwatch.GetElapsedTime(_sent[peer.Index][slot]));
            Done++;
            InFlight--;
            if (!_isStopped)
            {
                Send(peer, id + inFlight);
            }
        }

        public void OnMessage(Peer peer, ReadOnlySpan<byte> value) => throw new BenchException("An event that nobody emitted.");

        public void OnEnd(Peer peer) => throw new BenchException("The server ended a connection.");

        private void Send(Peer peer, long id)
        {
            var slot = (int)(id % inFlight);
            (_expected[peer.Index][slot], _sent[peer.Index][slot]) = (id, Stopwatch.GetTimestamp());
            InFlight++;
            peer.Call(method, id, payload);
        }
    }
}

internal enum EchoForm
{
    Text,
    Binary,
    Polling,
}
