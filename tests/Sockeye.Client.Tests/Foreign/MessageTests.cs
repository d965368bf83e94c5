using System.Text.Json;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>What is sent arrives, whole, in order, and only if it should.</summary>
public sealed class MessageTests(ServerPool servers) : ForeignTests(servers)
{
    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task Values_come_back_as_they_were_sent(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        var echo = Listen(socket, "echo");
        await socket.ConnectAsync().Within();
        foreach (var text in (string[])["", "てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "\u2028\u2029\"\\\n\u0001", "👩‍👩‍👧 𝕊", "[42]", "2-40,"])
        {
            await socket.EmitAsync("echo", text).Within();
            Assert.Equal(text, (await echo.TakeAsync()).GetElement(0).GetString());
        }

        await socket.EmitAsync("echo", 1, -2.5, true, null, new { a = (int[])[1, 2], b = new { c = "d" } }, long.MaxValue / 4096).Within();
        var values = await echo.TakeAsync();
        Assert.Equal("""[1,-2.5,true,null,{"a":[1,2],"b":{"c":"d"}},2251799813685247]""", JsonSerializer.Serialize(Enumerable.Range(0, values.Count).Select(values.GetElement)));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task Bytes_come_back_as_they_were_sent(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        var echo = new Inbox<(byte[] First, JsonElement Middle, byte[] Last)>();
        socket.On("echo", (byte[] first, JsonElement middle, byte[] last) => echo.Add((first, middle, last)));
        await socket.ConnectAsync().Within();
        foreach (var size in (int[])[0, 1, 125, 126, 70_000])
        {
            byte[] bytes = [.. Enumerable.Range(0, size).Select(i => (byte)i)];
            await socket.EmitAsync("echo", bytes, "between", (byte[])[1, 2, 3]).Within();
            var (first, middle, last) = await echo.TakeAsync();
            Assert.Equal(bytes, first);
            Assert.Equal("between", middle.GetString());
            Assert.Equal([1, 2, 3], last);
        }

        var deep = await socket.EmitWithAckAsync<Deep>("ack", [new Deep("käse", [9, 8], [new("more", [7], [])])]).Within();
        Assert.Equal(("käse", "more"), (deep.Name, deep.Rest[0].Name));
        Assert.Equal([9, 8], deep.Data);
        Assert.Equal([7], deep.Rest[0].Data);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task Both_sides_acknowledge(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        var answered = Listen(socket, "answered");
        socket.On("question", (string question, int number) => new { question, answer = number + 1, bytes = (byte[])[1, 2] });
        await socket.ConnectAsync().Within();

        var both = await socket.EmitWithAckAsync<PacketArguments>("ack", ["one", 2]).Within();
        Assert.Equal((2, "one", 2), (both.Count, both.GetElement(0).GetString(), both.GetElement(1).GetInt32()));

        await socket.EmitAsync("ask", "how many?", 41).Within();
        var answer = (await answered.TakeAsync()).GetElement(0);
        Assert.Equal("how many?", answer.GetProperty("question").GetString());
        Assert.Equal(42, answer.GetProperty("answer").GetInt32());

        await Assert.ThrowsAsync<AckTimeoutException>(() => socket.EmitWithAckAsync<string>("silence", ["hush"], TimeSpan.FromMilliseconds(100)).Within());
    }

    [Theory]
    [MemberData(nameof(InJson))]
    public async Task Rooms_reach_their_members(ServerKind kind, string transport, WireFormat format)
    {
        await using var one = await ClientAsync(kind, transport, format);
        await using var other = await ClientAsync(kind, transport, format);
        var (member, stranger) = (one.Socket("/chat"), other.Socket("/chat"));
        var (heard, overheard) = (Listen(member, "room"), Listen(stranger, "room"));
        var name = Guid.NewGuid().ToString();
        await Task.WhenAll(member.ConnectAsync(), stranger.ConnectAsync()).Within();
        Assert.Equal(name, await member.EmitWithAckAsync<string>("join", [name]).Within());
        await stranger.EmitAsync("room", name, "hello").Within();
        Assert.Equal("hello", (await heard.TakeAsync()).GetElement(0).GetString());
        // Behind whatever the room had sent.
        Assert.Equal(stranger.Id, await stranger.EmitWithAckAsync<string>("id").Within());
        Assert.False(overheard.HasPending);
    }

    [Theory]
    [MemberData(nameof(InJson))]
    public async Task A_volatile_event_is_sent_by_an_idle_connection_and_dropped_without_one(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        var echo = Listen(socket, "echo");
        await socket.Volatile.EmitAsync("echo", "dropped").Within();
        await socket.EmitAsync("echo", "buffered").Within();
        await socket.ConnectAsync().Within();
        Assert.Equal("buffered", (await echo.TakeAsync()).GetElement(0).GetString());

        await Condition.HoldsAsync(() => client.Engine!.IsWritable, "the connection is idle");
        await socket.Volatile.EmitAsync("echo", "volatile").Within();
        Assert.Equal("volatile", (await echo.TakeAsync()).GetElement(0).GetString());
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task More_than_a_payload_goes_in_many(ServerKind kind, string transport, WireFormat format)
    {
        const int Count = 60;
        const int Size = 50_000;
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        var (echo, items) = (Listen(socket, "echo"), Listen(socket, "item"));
        await socket.ConnectAsync().Within();

        // 3 MB at once, where the server takes 1 MB in a payload.
        var filler = new string('ä', Size / 2);
        for (var i = 0; i < Count; i++)
        {
            _ = socket.EmitAsync("echo", i, filler);
        }

        for (var i = 0; i < Count; i++)
        {
            var arguments = await echo.TakeAsync();
            Assert.Equal(i, arguments.GetElement(0).GetInt32());
            Assert.Equal(filler, arguments.GetElement(1).GetString());
        }

        await socket.EmitAsync("many", Count, Size).Within();
        for (var i = 0; i < Count; i++)
        {
            var arguments = await items.TakeAsync();
            Assert.Equal((i, Size), (arguments.GetElement(0).GetInt32(), arguments.GetElement(1).GetString()!.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task Many_writers_keep_their_order_and_their_packets_whole(ServerKind kind, string transport, WireFormat format)
    {
        const int Writers = 8;
        const int Emits = 200;
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Emits; i++)
            {
                var bytes = new byte[i % 97];
                bytes.AsSpan().Fill((byte)writer);
                await socket.EmitAsync("write", writer, i, bytes);
            }
        }))).Within();
        var report = await socket.EmitWithAckAsync<JsonElement>("written").Within();
        Assert.Equal((Writers, Writers * Emits, 0), (report.GetProperty("writers").GetInt32(), report.GetProperty("total").GetInt32(), report.GetProperty("faults").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Recovering))]
    public async Task A_recovered_socket_gets_what_it_missed(ServerKind kind, string transport, WireFormat format)
    {
        // A cut between two polls, or while the upgrade is on its way, tells the server nothing: then it is the heartbeat that finds out.
        var server = await Servers.GetAsync(kind, new() { Format = format, Recovery = true, PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(10) });
        await using var proxy = ChaosProxy.Start(server.Address);
        await using var client = NewClient(proxy.Address, transport, format);
        var socket = client.Socket("/valid");
        var news = Listen(socket, "news");
        var (connects, ends) = (new Inbox<bool>(), new Inbox<DisconnectReason>());
        socket.OnConnect(() => connects.Add(socket.Recovered));
        socket.OnDisconnect(ends.Add);
        await socket.ConnectAsync().Within();
        Assert.False(await connects.TakeAsync());
        var id = socket.Id;
        Assert.Equal("here", await socket.EmitWithAckAsync<string>("join", ["here"]).Within());
        await server.EmitAsync("news", [1, "käse"], "here", "/valid");
        Assert.Equal(1, (await news.TakeAsync()).GetElement(0).GetInt32());

        proxy.Refuse();
        proxy.Reset();
        await ends.TakeAsync();
        await Condition.HoldsAsync(async () => await server.CountSocketsAsync("/valid") == 0, "the server notices the cut");
        await server.EmitAsync("news", [2, "missed"], "here", "/valid");
        proxy.Listen();
        Assert.True(await connects.TakeAsync());
        Assert.Equal(id, socket.Id);
        Assert.Equal(2, (await news.TakeAsync()).GetElement(0).GetInt32());
        Assert.True(await socket.EmitWithAckAsync<bool>("recovered").Within());
    }

    private sealed record Deep(string Name, byte[] Data, Deep[] Rest);
}
