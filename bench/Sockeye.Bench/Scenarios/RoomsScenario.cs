using System.Diagnostics;
using System.Globalization;
using Sockeye.Bench.Load;
using Sockeye.Bench.Protocols;
using Sockeye.Cli.Load;

namespace Sockeye.Bench.Scenarios;

/// <summary>1,000 sockets in 100 rooms; a member lets the server emit to its room, some rooms at a time.</summary>
internal sealed class RoomsScenario(string name, string title, string features = "") : Scenario(name, title, features)
{
    private const int Members = 10;
    private const int Rooms = 100;
    private const int Busy = 16;

    public override Dictionary<string, double> Run(Stage stage)
    {
        using var loop = new EventLoop();
        var dialect = stage.NewDialect();
        var traffic = new Traffic(dialect);
        var crowd = new Crowd(loop, traffic, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, stage.TargetFor(index / Rooms)));
        crowd.Open(Rooms * Members, TimeSpan.FromSeconds(60));
        foreach (var peer in crowd.Peers)
        {
            peer.Call("join", 0, dialect.Text(RoomName(peer.Index % Rooms)));
        }

        loop.RunUntil(() => traffic.Joined == Rooms * Members, TimeSpan.FromSeconds(20));
        traffic.Start(crowd.Peers);
        var window = stage.Measure(loop, () => traffic.Delivered, traffic.Reset);
        traffic.Stop();
        loop.RunUntil(() => traffic.IsDone, TimeSpan.FromSeconds(20));
        crowd.Close();
        return Figures(window, traffic.Times);
    }

    private static string RoomName(int room) => $"room-{room}";

    private sealed class Traffic(Dialect dialect) : ITraffic
    {
        private readonly (Payload Payload, int Missing, long Sent)[] _rooms = new (Payload, int, long)[Rooms];
        private readonly Payload[] _names = [.. Enumerable.Range(0, Rooms).Select(room => dialect.Text(RoomName(room)))];
        private IReadOnlyList<Peer> _peers = [];
        private int _next;
        private int _busy;
        private bool _isStopped;

        public int Joined { get; private set; }

        public long Delivered { get; private set; }

        public bool IsDone => _busy == 0;

        public Percentiles Times { get; private set; } = new();

        public void Reset() => Times = new Percentiles();

        public void Stop() => _isStopped = true;

        public void Start(IReadOnlyList<Peer> peers)
        {
            _peers = peers;
            for (var i = 0; i < Busy; i++)
            {
                Send();
            }
        }

        public void OnReady(Peer peer)
        {
        }

        public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value)
        {
            if (!value.SequenceEqual(_names[peer.Index % Rooms].Bytes))
            {
                throw new BenchException("Not the room that was joined.");
            }

            Joined++;
        }

        public void OnMessage(Peer peer, ReadOnlySpan<byte> value)
        {
            ref var room = ref _rooms[peer.Index % Rooms];
            if (room.Missing == 0 || !value.SequenceEqual(room.Payload.Bytes))
            {
                throw new BenchException($"Peer {peer.Index} got an event that is not for its room.");
            }

            Times.Add(Stopwatch.GetElapsedTime(room.Sent));
            Delivered++;
            if (--room.Missing == 0)
            {
                _busy--;
                if (!_isStopped)
                {
                    Send();
                }
            }
        }

        public void OnEnd(Peer peer) => throw new BenchException("The server ended a connection.");

        // Rooms in turn, and in each round another member of them.
        private void Send()
        {
            while (_rooms[_next % Rooms].Missing > 0)
            {
                _next++;
            }

            var number = _next++;
            var payload = dialect.Text(number.ToString("d10", CultureInfo.InvariantCulture).PadRight(64, 'x'));
            _rooms[number % Rooms] = (payload, Members, Stopwatch.GetTimestamp());
            _busy++;
            _peers[number % (Rooms * Members)].Call("room", -1, RoomName(number % Rooms), payload);
        }
    }
}
