using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>A broadcast is serialised once, framed once, allocates nothing for a receiver and waits for none (laws 5 and 12).</summary>
public sealed class BroadcastCostTests
{
    [Fact]
    public async Task All_receivers_get_the_same_bytes_which_were_serialised_once()
    {
        var converter = new CountingConverter();
        await using var sockets = new InMemorySockets(options => options.JsonSerializerOptions.Converters.Add(converter));
        var peers = Enumerable.Range(0, 20).Select(_ => sockets.Connect().Peer).ToArray();
        await sockets.Io.EmitAsync("text", new Counted(7));
        await sockets.Io.EmitAsync("both", new Counted(8), new byte[] { 1, 2, 3 });
        Assert.Equal(2, converter.Written);
        var texts = await Task.WhenAll(peers.Select(peer => peer.ReceiveEventAsync()));
        Assert.Equal("""2["text",7]""", InMemoryPeer.TextOf(texts[0]));
        Assert.All(texts, message => Assert.Same(texts[0], message));
        var binaries = await Task.WhenAll(peers.Select(peer => peer.ReceiveEventAsync()));
        Assert.All(binaries, message => Assert.Same(binaries[0], message));
        Assert.Equal([0x82, 3, 1, 2, 3], binaries[0].WebSocketFrames[^5..].ToArray());
    }

    [Fact]
    public async Task With_acks_it_is_serialised_once_too()
    {
        var converter = new CountingConverter();
        await using var sockets = new InMemorySockets(options => options.JsonSerializerOptions.Converters.Add(converter));
        var peers = Enumerable.Range(0, 20).Select(_ => sockets.Connect().Peer).ToArray();
        var answers = sockets.Io.EmitWithAcksAsync<Counted>("question", [new Counted(1)], TestContext.Current.CancellationToken);
        var questions = await Task.WhenAll(peers.Select(peer => peer.ReceiveEventAsync()));
        Assert.All(questions, message => Assert.Same(questions[0], message));
        Assert.Equal(1, converter.Written);
        Array.ForEach(peers, peer => peer.Send("30[2]"));
        Assert.Equal(Enumerable.Repeat(new Counted(2), 20), await answers.Within());
    }

    [Fact]
    public async Task Listeners_for_what_is_sent_cost_no_second_serialisation()
    {
        var converter = new CountingConverter();
        await using var sockets = new InMemorySockets(options => options.JsonSerializerOptions.Converters.Add(converter));
        var seen = new List<object?>();
        sockets.Io.OnAnyOutgoing((_, _, arguments) => seen.Add(arguments[0]));
        var given = new Counted(3);
        sockets.Connect();
        sockets.Connect();
        await sockets.Io.EmitAsync("text", given);
        Assert.Equal([given, given], seen);
        Assert.Equal(1, converter.Written);
    }

    [Fact]
    public async Task Every_transport_reads_what_was_serialised_once()
    {
        var converter = new CountingConverter();
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.JsonSerializerOptions.Converters.Add(converter));
        await using var a = await SocketIOTestClient.ConnectAsync(server, Via.Polling);
        await using var b = await SocketIOTestClient.ConnectAsync(server, Via.WebSocket);
        await using var c = await SocketIOTestClient.ConnectAsync(server, Via.Upgraded);
        await server.Io().EmitAsync("both", new Counted(8), new byte[] { 1, 2, 3 });
        foreach (var socket in (SocketIOTestSocket[])[a, b, c])
        {
            await socket.ExpectAsync("""451-["both",8,{"_placeholder":true,"num":0}]""", "bAQID");
        }

        Assert.Equal(1, converter.Written);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_receiver_more_costs_no_memory(bool byRoom)
    {
        await using var sockets = new InMemorySockets();
        var connected = 0;
        var hundred = await MeasureAsync(100);
        var twoHundred = await MeasureAsync(200);

        // The arrays of the queues may grow in between, and the pool may hand out a new array; neither happens every time.
        Assert.InRange(hundred, 1, 4000);
        Assert.InRange(twoHundred - hundred, -2000, 200);

        async Task<long> MeasureAsync(int count)
        {
            for (; connected < count; connected++)
            {
                var (_, socket) = sockets.Connect();
                await socket.JoinAsync("room");
            }

            var least = long.MaxValue;
            for (var round = 0; round < 40; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                if (byRoom)
                {
                    _ = sockets.Io.To("room", "empty").Except("nobody").EmitAsync("event", "some text that is the same each time");
                }
                else
                {
                    _ = sockets.Io.EmitAsync("event", "some text that is the same each time");
                }

                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.Sockets.All(socket => socket.Conn.QueuedBytes == 0));
            }

            return least;
        }
    }

    [Fact]
    public async Task A_broadcast_does_not_wait_for_a_receiver_that_does_not_read_and_ends_it_over_the_budget()
    {
        var ends = new Journal();
        await using var sockets = new InMemorySockets(options => options.MaxQueuedBytes = 64 * 1024);
        sockets.Io.OnDisconnect((socket, reason) => ends.Add($"{socket.Id} {reason.ToWireString()}"));
        var (_, deaf) = sockets.Connect(reads: false);
        var (peer, _) = sockets.Connect();
        var text = new string('x', 1000);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(sockets.Io.EmitAsync("event", i, text).IsCompletedSuccessfully);
            Assert.StartsWith($"2[\"event\",{i},", await peer.ReceiveTextAsync());
            Assert.InRange(deaf.Conn.QueuedBytes, 0, 64 * 1024);
        }

        await ends.ExpectAsync($"{deaf.Id} forced close");
        Assert.Equal(1, sockets.Io.Main.SocketCount);
        Assert.Equal(0, deaf.Conn.QueuedBytes);
    }

    [Fact]
    public async Task On_the_wire_too_a_client_that_does_not_read_delays_nobody_and_is_ended()
    {
        var ends = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.OnDisconnect((_, reason) => ends.Add(reason.ToWireString())), options => options.MaxQueuedBytes = 256 * 1024);
        await using var deaf = await server.TcpAsync();
        await deaf.UpgradeAsync("/socket.io/?EIO=4&transport=websocket");
        await deaf.SendFrameAsync(0x81, "40"u8);
        await SocketIOTestServer.UntilAsync(() => server.Io().Main.SocketCount == 1);
        await using var reader = await SocketIOTestClient.ConnectAsync(server);
        var text = new string('x', 64 * 1024);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; server.Io().Main.SocketCount == 2; i++)
        {
            Assert.True(i < 2000, "The buffers of loopback cannot be that large.");
            Assert.True(server.Io().EmitAsync("event", i, text).IsCompletedSuccessfully);
            Assert.Equal(i, (await reader.ReceiveAsync()).Data[1].GetInt32());
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < Waiting.Bound);
        await ends.ExpectAsync("forced close");
        await server.Io().EmitAsync("still here");
        await reader.ExpectAsync("""42["still here"]""");
        Assert.Contains(server.Logs.GetSnapshot(), record => record.Message.Contains("MaxQueuedBytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Volatile_messages_are_left_out_for_a_receiver_that_does_not_read_and_pile_up_nowhere()
    {
        await using var sockets = new InMemorySockets();
        var (_, deaf) = sockets.Connect(reads: false);
        var (peer, _) = sockets.Connect();
        var before = deaf.Conn.QueuedBytes;
        for (var i = 0; i < 50; i++)
        {
            await SocketIOTestServer.UntilAsync(() => sockets.Io.Main.Sockets.Count(socket => socket.Conn.QueuedBytes == 0) == 1);
            await sockets.Io.Volatile.EmitAsync("event", i, new byte[] { 1 });
            Assert.StartsWith($"51-[\"event\",{i},", await peer.ReceiveTextAsync());
        }

        Assert.Equal(before, deaf.Conn.QueuedBytes);
    }

    internal sealed record Counted(int Value);

    internal sealed class CountingConverter : JsonConverter<Counted>
    {
        private int _written;

        public int Written => _written;

        public override Counted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, Counted value, JsonSerializerOptions options)
        {
            Interlocked.Increment(ref _written);
            writer.WriteNumberValue(value.Value);
        }
    }
}
