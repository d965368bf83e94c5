using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>Servers that speak Engine.IO 3 and Socket.IO protocol 4: Node's of version 2, and ours where it allows that.</summary>
public sealed class Version2Tests(ServerPool servers) : ForeignTests(servers)
{
    /// <summary>Each server with each transport.</summary>
    public static TheoryData<ServerKind, string> All =>
        [.. from kind in (ServerKind[])[ServerKind.Node2, ServerKind.Sockeye] from transport in (string[])["polling", "websocket", "upgrade"] select new TheoryDataRow<ServerKind, string>(kind, transport)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_socket_computes_the_id_that_the_server_gives_it(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var (main, chat) = (client.Socket(), client.Socket("/chat"));
        await Task.WhenAll(main.ConnectAsync(), chat.ConnectAsync()).Within();
        Assert.Equal(client.Engine!.Id, main.Id);
        Assert.Equal($"/chat#{client.Engine.Id}", chat.Id);
        Assert.Equal(main.Id, await main.EmitWithAckAsync<string>("id").Within());
        Assert.Equal(chat.Id, await chat.EmitWithAckAsync<string>("id").Within());

        var last = transport == "polling" ? TransportType.Polling : TransportType.WebSocket;
        await Condition.HoldsAsync(() => client.Engine!.Transport == last, "the upgrade");
        Assert.Equal(last.ToWireString(), await main.EmitWithAckAsync<string>("transport").Within());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Namespaces_share_a_connection_and_nothing_else(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var (main, chat, foo) = (client.Socket(), client.Socket("/chat"), client.Socket("/foo"));
        var echoes = (Inbox<PacketArguments>[])[Listen(main, "echo"), Listen(chat, "echo"), Listen(foo, "echo")];
        await Task.WhenAll(main.ConnectAsync(), chat.ConnectAsync(), foo.ConnectAsync()).Within();
        await Task.WhenAll(main.EmitAsync("echo", "main"), chat.EmitAsync("echo", "chat"), foo.EmitAsync("echo", "foo")).Within();
        foreach (var (echo, expected) in echoes.Zip((string[])["main", "chat", "foo"]))
        {
            Assert.Equal(expected, (await echo.TakeAsync()).GetElement(0).GetString());
        }

        chat.Disconnect();
        Assert.Equal(main.Id, await main.EmitWithAckAsync<string>("id").Within());
        await chat.ConnectAsync().Within();
        Assert.Equal(chat.Id, await chat.EmitWithAckAsync<string>("id").Within());
        Assert.All(echoes, echo => Assert.False(echo.HasPending));
        Assert.Single(client.Attempts, attempt => !attempt.IsUpgrade);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_root_namespace_is_there_for_who_comes_late_and_not_for_who_comes_back(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var (chat, main) = (client.Socket("/chat"), client.Socket());
        await chat.ConnectAsync().Within();

        // "40" has come and gone: the server answers "/chat" after it.
        await main.ConnectAsync().Within();
        Assert.Equal(main.Id, await main.EmitWithAckAsync<string>("id").Within());

        await main.DisconnectAsync().Within();
        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => main.ConnectAsync().Within());
        Assert.Contains("CloseAsync", error.Message, StringComparison.Ordinal);
        Assert.False(main.Active);
        Assert.True(chat.Connected);

        await client.CloseAsync().Within();
        await main.ConnectAsync().Within();
        Assert.Equal(main.Id, await main.EmitWithAckAsync<string>("id").Within());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Values_and_bytes_come_back_as_they_were_sent(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var socket = client.Socket();
        var echo = Listen(socket, "echo");
        await socket.ConnectAsync().Within();
        foreach (var text in (string[])["", "てすと", "Я Б Г Д Ж Й", "utf8 — string", "\u2028\u2029\"\\\n\u0001", "👩‍👩‍👧 𝕊", "[42]", "2-40,", "6:4hello"])
        {
            // Two at once: by polling the second begins where the length of the first says.
            await Task.WhenAll(socket.EmitAsync("echo", text), socket.EmitAsync("echo", text, 1)).Within();
            Assert.Equal(text, (await echo.TakeAsync()).GetElement(0).GetString());
            Assert.Equal(text, (await echo.TakeAsync()).GetElement(0).GetString());
        }

        foreach (var size in (int[])[0, 1, 125, 126, 70_000])
        {
            byte[] bytes = [.. Enumerable.Range(0, size).Select(i => (byte)i)];
            await socket.EmitAsync("echo", bytes, "käse", (byte[])[1, 2, 3]).Within();
            var arguments = await echo.TakeAsync();
            Assert.Equal(bytes, BytesOf(arguments, 0));
            Assert.Equal("käse", arguments.GetElement(1).GetString());
            Assert.Equal([1, 2, 3], BytesOf(arguments, 2));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Both_sides_acknowledge(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var socket = client.Socket("/chat");
        var answered = Listen(socket, "answered");
        socket.On("question", (string question, int number) => new { question, answer = number + 1, bytes = (byte[])[1, 2] });
        await socket.ConnectAsync().Within();

        var both = await socket.EmitWithAckAsync<PacketArguments>("ack", ["one", (byte[])[2]]).Within();
        Assert.Equal("one", both.GetElement(0).GetString());
        Assert.Equal([2], BytesOf(both, 1));

        await socket.EmitAsync("ask", "how many?", 41).Within();
        var answer = (await answered.TakeAsync()).GetElement(0);
        Assert.Equal("how many?", answer.GetProperty("question").GetString());
        Assert.Equal(42, answer.GetProperty("answer").GetInt32());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Many_binary_messages_go_both_ways(ServerKind kind, string transport)
    {
        const int Count = 400;
        await using var client = await ClientAsync(kind, transport);
        var socket = client.Socket();
        var echo = Listen(socket, "echo");
        await socket.ConnectAsync().Within();

        // 3 MB as base64, where the server takes 1 MB in a payload and does not say so.
        for (var i = 0; i < Count; i++)
        {
            var bytes = new byte[i % 97 == 0 ? 200_000 : i * 7];
            bytes.AsSpan().Fill((byte)i);
            _ = socket.EmitAsync("echo", i, bytes);
        }

        for (var i = 0; i < Count; i++)
        {
            var arguments = await echo.TakeAsync();
            Assert.Equal(i, arguments.GetElement(0).GetInt32());
            var bytes = BytesOf(arguments, 1);
            Assert.Equal(i % 97 == 0 ? 200_000 : i * 7, bytes.Length);
            Assert.False(bytes.AsSpan().ContainsAnyExcept((byte)i));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Auth_is_the_query_of_a_namespace(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport, options =>
        {
            options.Query["main"] = "&=?ä,";
            options.ExtraHeaders["X-Test"] = "yes";
        });
        var main = client.Socket();
        var chat = client.Socket("/chat", options => options.AuthProvider = async _ =>
        {
            await Task.Yield();
            return new { token = "käse, & ?=", number = 7, isTrue = true, nothing = (string?)null };
        });
        await Task.WhenAll(main.ConnectAsync(), chat.ConnectAsync()).Within();
        Assert.Equal("&=?ä,", (await main.EmitWithAckAsync<JsonElement>("query").Within()).GetProperty("main").GetString());
        Assert.Equal("yes", await main.EmitWithAckAsync<string>("header", ["x-test"]).Within());

        // In our server it is what clients of today send as auth.
        var query = await chat.EmitWithAckAsync<JsonElement>(kind == ServerKind.Sockeye ? "auth" : "query").Within();
        Assert.Equal("käse, & ?=", query.GetProperty("token").GetString());
        Assert.Equal("7", query.GetProperty("number").GetString());
        Assert.Equal("true", query.GetProperty("isTrue").GetString());
        Assert.False(query.TryGetProperty("nothing", out _));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_refusal_is_whatever_the_server_says(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var (main, no, unknown) = (client.Socket(), client.Socket("/no"), client.Socket("/unknown"));
        await main.ConnectAsync().Within();
        var refusal = await Assert.ThrowsAsync<ConnectErrorException>(() => no.ConnectAsync().Within());
        Assert.Equal("no", Assert.IsType<JsonElement>(refusal.Details).GetProperty("code").GetString());
        Assert.Equal("""{"code":"no"}""", refusal.Message);
        Assert.False(no.Active);

        refusal = await Assert.ThrowsAsync<ConnectErrorException>(() => unknown.ConnectAsync().Within());
        Assert.Equal("Invalid namespace", refusal.Message);
        Assert.True(main.Connected);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task Who_is_refused_in_the_root_namespace_is_refused_everywhere(string transport)
    {
        var server = await Servers.GetAsync(ServerKind.Node2, new() { Guarded = true });
        await using var client = NewClient(server.Address, transport);
        var (main, chat) = (client.Socket(), client.Socket("/chat"));
        var both = (Task[])[main.ConnectAsync(), chat.ConnectAsync()];
        foreach (var connecting in both)
        {
            Assert.Equal("\"Käse\" only", (await Assert.ThrowsAsync<ConnectErrorException>(() => connecting.Within())).Message);
        }

        Assert.Null(client.Engine);

        // Also one that is alone.
        await Assert.ThrowsAsync<ConnectErrorException>(() => chat.ConnectAsync().Within());
    }

    [Theory]
    [InlineData("""{"code":7}""")]
    [InlineData("\"käse\"")]
    [InlineData("[1,2]")]
    [InlineData("true")]
    public async Task An_error_packet_to_a_connected_socket_is_an_event(string json)
    {
        await using var client = await ClientAsync(ServerKind.Node2, "websocket");
        var (main, chat) = (client.Socket(), client.Socket("/chat"));
        var (errors, elsewhere) = (Listen(main, "error"), Listen(chat, "error"));
        await Task.WhenAll(main.ConnectAsync(), chat.ConnectAsync()).Within();
        await main.EmitAsync("error me", JsonElement.Parse(json)).Within();
        Assert.Equal(json, (await errors.TakeAsync()).GetElement(0).GetRawText());
        Assert.Equal(chat.Id, await chat.EmitWithAckAsync<string>("id").Within());
        Assert.False(elsewhere.HasPending);
        Assert.True(main.Connected);
    }

    [Fact]
    public async Task An_error_packet_with_half_a_character_ends_nothing()
    {
        await using var client = await ClientAsync(ServerKind.Node2, "websocket");
        var socket = client.Socket();
        var errors = Listen(socket, "error");
        await socket.ConnectAsync().Within();
        await socket.EmitAsync("error me badly").Within();
        Assert.Equal("""{"text":"\ud800"}""", Encoding.UTF8.GetString((await errors.TakeAsync()).GetJson(0)));
        Assert.Equal(socket.Id, await socket.EmitWithAckAsync<string>("id").Within());
        Assert.Single(client.Attempts);
    }

    [Fact]
    public async Task A_binary_packet_may_have_no_attachment()
    {
        await using var client = await ClientAsync(ServerKind.Node2, "websocket");
        var socket = client.Socket();
        var items = Listen(socket, "item");
        await socket.ConnectAsync().Within();
        await socket.EmitAsync("empty binary").Within();
        Assert.Equal("no bytes", (await items.TakeAsync()).GetElement(0).GetString());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_server_disconnects_the_socket_and_it_does_not_come_back(ServerKind kind, string transport)
    {
        await using var client = await ClientAsync(kind, transport);
        var socket = client.Socket();
        var ends = new Inbox<DisconnectReason>();
        socket.OnDisconnect(ends.Add);
        await socket.ConnectAsync().Within();
        await socket.EmitAsync("disconnect me").Within();
        Assert.Equal(DisconnectReason.IOServerDisconnect, await ends.TakeAsync());
        Assert.False(socket.Active);
        if (client.Engine is { } engine)
        {
            // The socket hears of its end just before the connection is given up.
            await engine.Closed.Within();
        }

        await socket.ConnectAsync().Within();
        Assert.Equal(socket.Id, await socket.EmitWithAckAsync<string>("id").Within());
        await socket.DisconnectAsync().Within();
        Assert.Equal(DisconnectReason.IOClientDisconnect, await ends.TakeAsync());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_server_that_was_killed_and_comes_back_finds_its_clients_again(ServerKind kind, string transport)
    {
        var settings = new ServerSettings { AllowEIO3 = kind == ServerKind.Sockeye };
        var server = await ForeignServer.StartAsync(kind, settings);
        await using var proxy = ChaosProxy.Start(() => server.Address);
        try
        {
            await using var client = NewClient(proxy.Address, transport);
            var (main, chat) = (client.Socket(), client.Socket("/chat"));
            var (connects, ends) = (new Inbox<string>(), new Inbox<DisconnectReason>());
            chat.OnConnect(() => connects.Add("connect"));
            chat.OnDisconnect(ends.Add);
            await Task.WhenAll(main.ConnectAsync(), chat.ConnectAsync()).Within();
            await connects.TakeAsync();
            var first = chat.Id;

            proxy.Refuse();
            await server.KillAsync();
            proxy.Reset();
            Assert.Contains(await ends.TakeAsync(), (DisconnectReason[])[DisconnectReason.TransportClose, DisconnectReason.TransportError]);
            var waiting = (Task<string>[])[main.EmitWithAckAsync<string>("ack", ["main"]), chat.EmitWithAckAsync<string>("ack", ["chat"])];
            await server.DisposeAsync();
            server = await ForeignServer.StartAsync(kind, settings);
            proxy.Listen();

            await connects.TakeAsync();
            Assert.NotEqual(first, chat.Id);
            Assert.Equal(["main", "chat"], await Task.WhenAll(waiting).Within());
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_client_keeps_the_heartbeat(ServerKind kind, string transport)
    {
        // No server of these would live on without the client's pings for as long as this takes.
        await using var client = await ClientAsync(kind, transport, settings: new() { PingInterval = TimeSpan.FromMilliseconds(100), PingTimeout = TimeSpan.FromSeconds(10) });
        var pings = new Inbox<string>();
        client.OnPing(() => pings.Add("ping"));
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        var id = socket.Id;
        for (var i = 0; i < 5; i++)
        {
            await pings.TakeAsync(what: "the server's pong");
        }

        Assert.Equal(id, await socket.EmitWithAckAsync<string>("id").Within());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_connection_that_is_half_open_times_out(ServerKind kind, string transport)
    {
        var clock = new FakeTimeProvider();
        var server = await ServerAsync(kind, new());
        await using var proxy = ChaosProxy.Start(server.Address);
        await using var client = NewClient(proxy.Address, transport, options => (options.Reconnection, options.TimeProvider) = (false, clock));
        var socket = client.Socket();
        var ends = new Inbox<DisconnectReason>();
        socket.OnDisconnect(ends.Add);
        await socket.ConnectAsync().Within();
        var (interval, timeout) = (client.Engine!.Handshake!.PingInterval, client.Engine.Handshake.PingTimeout);
        proxy.Rules.Swallowed = ProxyDirection.Both;
        clock.Advance(interval);

        // What was on its way when the network fell silent may come after the ping, and gives the server both times.
        clock.Advance(interval + timeout);
        Assert.Equal(DisconnectReason.PingTimeout, await ends.TakeAsync());

        // On this clock nothing else ends the requests that nobody answers.
        proxy.Rules.Swallowed = ProxyDirection.None;
        proxy.Reset();
    }

    [Theory]
    [InlineData(ServerKind.Node2, EngineIOVersion.V4, "EngineIOVersion.V3")]
    [InlineData(ServerKind.Node, EngineIOVersion.V3, "EngineIOVersion")]
    [InlineData(ServerKind.Sockeye, EngineIOVersion.V3, "EngineIOVersion")]
    public async Task The_wrong_version_is_named_in_the_error(ServerKind kind, EngineIOVersion version, string hint)
    {
        var server = await Servers.GetAsync(kind);
        await using var client = NewClient(server.Address, "polling", options => (options.EngineIOVersion, options.Reconnection) = (version, false));
        var error = await Assert.ThrowsAnyAsync<SocketIOException>(() => client.Socket().ConnectAsync().Within());
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_version_2_does_not_have_is_refused_at_once()
    {
        var options = new SocketIOClientOptions { EngineIOVersion = EngineIOVersion.V3, PacketFormat = new MessagePackPacketFormat() };
        Assert.Contains("JsonPacketFormat", Assert.Throws<ArgumentException>(() => new SocketIOClient("http://localhost", options)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SocketIOClient("http://localhost", new() { EngineIOVersion = (EngineIOVersion)7 }));

        await using var client = new SocketIOClient("http://localhost", new() { EngineIOVersion = EngineIOVersion.V3, Auth = new { token = "x" } });
        Assert.Contains("Query", Assert.Throws<InvalidOperationException>(() => client.Socket().Connect()).Message, StringComparison.Ordinal);
        Assert.False(client.Socket().Active);
        Assert.Contains("Auth", Assert.Throws<ArgumentException>(() => client.Socket("/chat?token=x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auth_that_is_no_query_is_refused()
    {
        await using var client = await ClientAsync(ServerKind.Node2, "websocket");
        var socket = client.Socket("/chat", options => options.Auth = "x");
        await Assert.ThrowsAsync<ArgumentException>(() => socket.ConnectAsync().Within());
    }

    private static byte[] BytesOf(PacketArguments arguments, int index)
    {
        Assert.True(arguments.TryGetBinary(index, out var data));
        return data!;
    }

    private Task<ForeignServer> ServerAsync(ServerKind kind, ServerSettings settings) => Servers.GetAsync(kind, settings with { AllowEIO3 = kind == ServerKind.Sockeye });

    private async Task<SocketIOClient> ClientAsync(ServerKind kind, string transport, Action<SocketIOClientOptions>? configure = null, ServerSettings? settings = null) =>
        NewClient((await ServerAsync(kind, settings ?? new())).Address, transport, configure);

    private static SocketIOClient NewClient(Uri address, string transport, Action<SocketIOClientOptions>? configure = null) => NewClient(address, transport, WireFormat.Json, options =>
    {
        options.EngineIOVersion = EngineIOVersion.V3;
        configure?.Invoke(options);
    });
}
