using System.Text.Json;
using System.Threading.Channels;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Nothing is lost, doubled or reordered between the loss of a connection and the next, whatever is sent meanwhile.</summary>
public sealed class RecoveryRaceTests
{
    private const int Events = 3000;

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Every_client_that_comes_and_goes_while_events_are_sent_sees_each_of_them_exactly_once_in_order(int seed, bool skipMiddlewares)
    {
        await using var sockets = new InMemorySockets(options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { SkipMiddlewares = skipMiddlewares });
        sockets.Io.OnConnection(async socket =>
        {
            await Task.Yield();
            if (!socket.Recovered)
            {
                await socket.JoinAsync("room");
                await socket.EmitAsync("ready");
            }
        });
        sockets.Io.OnDisconnect((_, _) => Task.Yield().GetAwaiter().GetResult());
        if (!skipMiddlewares)
        {
            sockets.Io.Use(async (_, next) =>
            {
                await Task.Yield();
                await next();
            });
        }

        var clients = Enumerable.Range(0, 6).Select(number => new Client(sockets, new Random((seed * 100) + number))).ToArray();
        foreach (var client in clients)
        {
            await client.ConnectAsync();
            await client.ReadyAsync();
        }

        var first = sockets.Io.Main.Sockets;
        var sending = Task.Run(
            async () =>
            {
                var random = new Random(seed);
                for (var i = 0; i < Events; i++)
                {
                    switch (random.Next(4))
                    {
                        case 0:
                            await sockets.Io.EmitAsync("event", i);
                            break;
                        case 1:
                            await sockets.Io.To("room", "nobody").Except("nowhere").EmitAsync("event", i);
                            break;
                        case 2:
                            await sockets.Io.EmitAsync("event", i, new byte[] { 1 });
                            break;
                        default:
                            // By the objects of the first connections, as an application that keeps them would do.
                            foreach (var socket in first)
                            {
                                await socket.EmitAsync("event", i);
                            }

                            break;
                    }

                    await sockets.Io.To("nobody").EmitAsync("noise", i);
                    if (i % 16 == 0)
                    {
                        await Task.Yield();
                    }
                }
            },
            TestContext.Current.CancellationToken);
        await Task.WhenAll(clients.Select(client => Task.Run(client.RunAsync, TestContext.Current.CancellationToken)).Append(sending)).Within(TimeSpan.FromSeconds(60));
        Assert.All(clients, client => Assert.Equal((Events, true), (client.Next, client.Recoveries > 0)));
        Assert.Equal(6, sockets.Io.Main.SocketCount);
        Assert.Equal(0, sockets.Io.Recovery!.KeptCount);
    }

    /// <summary>A client that loses its connection again and again, and with it what it has not read: with a word to the server, or without.</summary>
    private sealed class Client(InMemorySockets sockets, Random random)
    {
        private Channel<string> _incoming = null!;
        private InMemoryPeer _peer = null!;
        private string? _sid;
        private string? _pid;
        private string? _offset;

        public int Next { get; private set; }

        public int Recoveries { get; private set; }

        public async Task ConnectAsync()
        {
            var incoming = Channel.CreateUnbounded<string>();
            _incoming = incoming;
            _peer = sockets.Open(seen: message =>
            {
                if (message.GetPart(0, out _) is [(byte)'4', ..])
                {
                    incoming.Writer.TryWrite(InMemoryPeer.TextOf(message));
                }
            });
            _peer.Send(_pid is null ? "0" : $$"""0{"pid":"{{_pid}}"{{(_offset is null ? "" : $",\"offset\":\"{_offset}\"")}}}""");
            var missed = new List<string>();
            string packet;
            while (!(packet = await ReadAsync()).StartsWith('0'))
            {
                missed.Add(packet);
            }

            var answer = JsonElement.Parse(packet[1..]);
            Assert.True(_pid is null || answer.GetProperty("pid").GetString() == _pid, $"Not recovered: {packet} with {_offset} at {Next}.");
            (_sid, _pid) = (answer.GetProperty("sid").GetString(), answer.GetProperty("pid").GetString());
            Assert.NotNull(_sid);
            missed.ForEach(Take);
        }

        public async Task ReadyAsync() => Take(await ReadAsync());

        public async Task RunAsync()
        {
            while (Next < Events)
            {
                for (var left = random.Next(200); left > 0 && Next < Events; left--)
                {
                    Take(await ReadAsync());
                }

                if (Next < Events)
                {
                    if (random.Next(2) == 0)
                    {
                        _peer.Cut();
                    }

                    if (random.Next(3) == 0)
                    {
                        await Task.Yield();
                    }

                    await ConnectAsync();
                    Recoveries++;
                }
            }
        }

        private Task<string> ReadAsync() => _incoming.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what: $"event {Next}");

        private void Take(string packet)
        {
            var data = JsonElement.Parse(packet[packet.IndexOf('[', StringComparison.Ordinal)..]);
            _offset = data.EnumerateArray().Last().GetString();
            if (data[0].GetString() == "event")
            {
                Assert.Equal(Next++, data[1].GetInt32());
            }
        }
    }
}
