using System.Buffers.Text;
using Sockeye.Bench.Load;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>What a message allocates, by the server's own count: asked before and after many of them.</summary>
internal static class AllocationProbe
{
    public const string PerEcho = "for each echo";
    public const string PerDelivery = "for each delivery of a broadcast";
    private const int Echoes = 20_000;
    private const int Receivers = 500;
    private const int Broadcasts = 200;

    public static Dictionary<string, double> Run(Contestant contestant)
    {
        using var server = ServerProcess.Start(contestant, "", "0");
        using var loop = new EventLoop();
        var (dialect, target, numbers) = (contestant.NewDialect(""), new Target(server.Port), new Numbers());
        var crowd = new Crowd(loop, numbers, (loop, traffic, index) => new WebSocketPeer(loop, dialect, traffic, index, target));
        crowd.Open(Receivers, TimeSpan.FromSeconds(60));
        var asker = crowd.Peers[^1];
        var payload = dialect.Text(new string('x', 64));

        // Twice: what is allocated once for all is in the first.
        var (echo, delivery) = (0.0, 0.0);
        for (var i = 0; i < 2; i++)
        {
            var before = Ask();
            for (var sent = 0; sent < Echoes; sent++)
            {
                crowd.Peers[sent % 100].Call("echo", 1, payload);
                if (sent % 100 == 99)
                {
                    loop.RunUntil(() => numbers.Echoes == sent + 1, TimeSpan.FromSeconds(20));
                }
            }

            numbers.Echoes = 0;
            echo = (Ask() - before) / (double)Echoes;
            var traffic = new BroadcastTraffic(dialect, Receivers, 1);
            foreach (var peer in crowd.Peers)
            {
                peer.Traffic = traffic;
            }

            before = Ask();
            traffic.Start(crowd.Peers[0]);
            loop.RunUntil(() => traffic.Sent >= Broadcasts, TimeSpan.FromSeconds(60));
            traffic.Stop();
            loop.RunUntil(() => traffic.IsDone, TimeSpan.FromSeconds(20));
            delivery = (Ask() - before) / (double)traffic.Delivered;
            foreach (var peer in crowd.Peers)
            {
                peer.Traffic = numbers;
            }
        }

        crowd.Close();
        return new() { [PerEcho] = echo, [PerDelivery] = delivery };

        long Ask()
        {
            var traffic = asker.Traffic;
            (asker.Traffic, numbers.Answer) = (numbers, null);
            asker.Call("allocated", 0, room: null, payload: null);
            loop.RunUntil(() => numbers.Answer is not null, TimeSpan.FromSeconds(20));
            asker.Traffic = traffic;
            return numbers.Answer!.Value;
        }
    }

    private sealed class Numbers : ITraffic
    {
        public int Echoes { get; set; }

        public long? Answer { get; set; }

        public void OnReady(Peer peer)
        {
        }

        public void OnReply(Peer peer, long id, ReadOnlySpan<byte> value)
        {
            if (id == 1)
            {
                Echoes++;
            }
            else
            {
                Answer = Utf8Parser.TryParse(value, out long number, out var length) && length == value.Length ? number : throw new BenchException("Not a number.");
            }
        }

        public void OnMessage(Peer peer, ReadOnlySpan<byte> value) => throw new BenchException("An event that nobody emitted.");

        public void OnEnd(Peer peer) => throw new BenchException("The server ended a connection.");
    }
}
