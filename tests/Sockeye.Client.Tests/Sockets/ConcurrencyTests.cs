using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Any thread may emit: each writer's order holds, packets stay whole, every answer finds its question.</summary>
public sealed class ConcurrencyTests
{
    private const int Writers = 8, Each = 250;

    [Theory]
    [EachTransport]
    public async Task Many_writers_with_binary_data(Via via)
    {
        var seen = new Received();
        await using var server = await SocketServer.StartAsync(io => io.On("write", (ServerSocket _, int writer, byte[] first, int number, byte[] second) => seen.Note(writer, first, number, second)));
        await using var client = server.Client(via);
        var socket = client.Socket();

        // Some of it waits for the connection, some goes by polling, some crosses the upgrade.
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number++)
            {
                await socket.EmitAsync("write", writer, Bytes(writer, number % 50), number, Bytes(writer, (number + 7) % 50));
            }
        })));
        await server.ConnectAsync(socket, via);
        await writing.Within();
        Assert.Equal(Writers * Each, await socket.EmitWithAckAsync<int>("echo", [Writers * Each]).Within());
        Assert.Equal("", seen.Fault);
        Assert.Equal(Writers * Each, seen.Count);
    }

    [Theory]
    [EachTransport]
    public async Task Every_answer_finds_its_question(Via via)
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(via);
        var (root, foo) = (client.Socket(), client.Socket("/foo"));
        await server.ConnectAsync(root, via);
        await server.ConnectAsync(foo);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var socket = writer % 2 == 0 ? root : foo;
            for (var number = 0; number < 50; number++)
            {
                Assert.Equal((writer * 1000) + number, await socket.EmitWithAckAsync<int>("echo", [(writer * 1000) + number, Bytes(writer, number)]));
            }
        }))).Within();
    }

    [Fact]
    public async Task Ids_are_unique_and_both_ways_at_once()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var socket = client.Socket();
        socket.On("question", static (int number) => number);
        var peer = await server.ConnectAsync(socket);
        var up = Enumerable.Range(0, 500).Select(number => socket.EmitWithAckAsync<int>("echo", [number])).ToList();
        var down = Enumerable.Range(0, 500).Select(number => peer.EmitWithAckAsync<int>("question", [number])).ToList();
        Assert.Equal(Enumerable.Range(0, 500), await Task.WhenAll(up).Within());
        Assert.Equal(Enumerable.Range(0, 500), await Task.WhenAll(down).Within());
    }

    [Fact]
    public async Task Writers_across_reconnections_keep_their_order_and_packets_stay_whole()
    {
        var seen = new Received { MayMiss = true };
        await using var server = await SocketServer.StartAsync(io => io.On("write", (ServerSocket _, int writer, byte[] first, int number, byte[] second) => seen.Note(writer, first, number, second)));
        await using var client = server.Client();
        var socket = client.Socket();
        await server.ConnectAsync(socket);
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number++)
            {
                await socket.EmitAsync("write", writer, Bytes(writer, number % 50), number, Bytes(writer, (number + 7) % 50));
                await Task.Yield();
            }
        })));
        for (var i = 0; i < 5; i++)
        {
            client.Engine?.Close();
            await server.NextSocketAsync();
        }

        await writing.Within();
        Assert.Equal(1, await socket.EmitWithAckAsync<int>("echo", [1], timeout: Timeout.InfiniteTimeSpan).Within());
        Assert.Equal("", seen.Fault);
    }

    private static byte[] Bytes(int writer, int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)writer);
        return bytes;
    }

    private sealed class Received
    {
        private readonly Lock _lock = new();
        private readonly int[] _next = new int[Writers];

        public bool MayMiss { get; init; }

        public string Fault { get; private set; } = "";

        public int Count { get; private set; }

        public void Note(int writer, byte[] first, int number, byte[] second)
        {
            lock (_lock)
            {
                Count++;
                if ((MayMiss ? number < _next[writer] : number != _next[writer]) || first.Length != number % 50 || second.Length != (number + 7) % 50
                    || first.AsSpan().ContainsAnyExcept((byte)writer) || second.AsSpan().ContainsAnyExcept((byte)writer))
                {
                    Fault += $" {writer}:{number} instead of {_next[writer]};";
                }

                _next[writer] = number + 1;
            }
        }
    }
}
