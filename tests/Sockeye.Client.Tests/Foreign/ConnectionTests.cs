using System.Text.Json;
using Sockeye.Client.Engine;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>Getting in, or not, and staying.</summary>
public sealed class ConnectionTests(ServerPool servers) : ForeignTests(servers)
{
    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task The_socket_has_the_servers_id_and_the_transport_that_was_asked_for(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        Assert.Equal(await socket.EmitWithAckAsync<string>("id").Within(), socket.Id);
        Assert.NotEqual(client.Engine!.Id, socket.Id);

        var last = transport == "polling" ? TransportType.Polling : TransportType.WebSocket;
        await Condition.HoldsAsync(() => client.Engine!.Transport == last, "the upgrade");
        Assert.Equal(last.ToWireString(), await socket.EmitWithAckAsync<string>("transport").Within());
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task Namespaces_share_a_connection_and_nothing_else(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var main = client.Socket();
        var chat = client.Socket("/chat");
        var foo = client.Socket("/foo");
        var echoes = (Inbox<PacketArguments>[])[Listen(main, "echo"), Listen(chat, "echo"), Listen(foo, "echo")];
        await Task.WhenAll(main.ConnectAsync(), chat.ConnectAsync(), foo.ConnectAsync()).Within();
        Assert.Equal(3, new HashSet<string?> { main.Id, chat.Id, foo.Id }.Count);

        await Task.WhenAll(main.EmitAsync("echo", "main"), chat.EmitAsync("echo", "chat"), foo.EmitAsync("echo", "foo")).Within();
        foreach (var (echo, expected) in echoes.Zip((string[])["main", "chat", "foo"]))
        {
            Assert.Equal(expected, (await echo.TakeAsync()).GetElement(0).GetString());
        }

        // One leaves, the others stay.
        chat.Disconnect();
        Assert.Equal(main.Id, await main.EmitWithAckAsync<string>("id").Within());
        Assert.Equal(foo.Id, await foo.EmitWithAckAsync<string>("id").Within());
        Assert.All(echoes, echo => Assert.False(echo.HasPending));
        Assert.Single(client.Attempts, attempt => !attempt.IsUpgrade);
    }

    [Theory]
    [MemberData(nameof(InJson))]
    public async Task Auth_query_and_headers_arrive(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format, options =>
        {
            options.Auth = new { token = "käse & ?=" };
            options.Query["&a"] = "&=?ä";
            options.ExtraHeaders["X-Test"] = "yes";
        });
        var socket = client.Socket();
        await socket.ConnectAsync().Within();
        Assert.Equal("käse & ?=", (await socket.EmitWithAckAsync<JsonElement>("auth").Within()).GetProperty("token").GetString());
        Assert.Equal("&=?ä", (await socket.EmitWithAckAsync<JsonElement>("query").Within()).GetProperty("&a").GetString());
        Assert.Equal("yes", await socket.EmitWithAckAsync<string>("header", ["x-test"]).Within());
    }

    [Theory]
    [MemberData(nameof(InJson))]
    public async Task An_auth_provider_is_asked_at_each_connect(ServerKind kind, string transport, WireFormat format)
    {
        var asked = 0;
        await using var client = await ClientAsync(kind, transport, format, options => options.AuthProvider = async cancellationToken =>
        {
            await Task.Yield();
            return new { number = Interlocked.Increment(ref asked) };
        });
        var socket = client.Socket();
        for (var i = 1; i <= 2; i++)
        {
            await socket.ConnectAsync().Within();
            Assert.Equal(i, (await socket.EmitWithAckAsync<JsonElement>("auth").Within()).GetProperty("number").GetInt32());
            await socket.DisconnectAsync().Within();
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_refusal_brings_the_servers_message_and_data(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format, options => options.Auth = new { refuse = "Kein Zutritt für Käse" });
        var socket = client.Socket();
        var refusal = await Assert.ThrowsAsync<ConnectErrorException>(() => socket.ConnectAsync().Within());
        Assert.Equal("Kein Zutritt für Käse", refusal.Message);
        var details = Assert.IsType<JsonElement>(refusal.Details);
        Assert.Equal(401, details.GetProperty("code").GetInt32());
        Assert.Equal("Kein Zutritt für Käse", details.GetProperty("tried").GetProperty("refuse").GetString());
        Assert.False(socket.Active);

        // Another try is the user's to make.
        socket.Auth = null;
        await socket.ConnectAsync().Within();
        Assert.True(socket.Connected);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task The_server_disconnects_the_socket_and_it_does_not_come_back(ServerKind kind, string transport, WireFormat format)
    {
        await using var client = await ClientAsync(kind, transport, format);
        var socket = client.Socket();
        var ends = new Inbox<DisconnectReason>();
        socket.OnDisconnect(ends.Add);
        await socket.ConnectAsync().Within();
        await socket.EmitAsync("disconnect me").Within();
        Assert.Equal(DisconnectReason.IOServerDisconnect, await ends.TakeAsync());
        Assert.False(socket.Active);
        Assert.Null(socket.Id);
        Assert.Null(client.Engine);

        await socket.ConnectAsync().Within();
        Assert.Equal(socket.Id, await socket.EmitWithAckAsync<string>("id").Within());
    }

    [Theory]
    [MemberData(nameof(InJson))]
    public async Task A_server_that_was_killed_and_comes_back_finds_its_clients_again(ServerKind kind, string transport, WireFormat format)
    {
        var server = await ForeignServer.StartAsync(kind);
        await using var proxy = ChaosProxy.Start(() => server.Address);
        try
        {
            await using var client = NewClient(proxy.Address, transport, format);
            var socket = client.Socket();
            var connects = new Inbox<string>();
            var ends = new Inbox<DisconnectReason>();
            socket.OnConnect(() => connects.Add("connect"));
            socket.OnDisconnect(ends.Add);
            await socket.ConnectAsync().Within();
            await connects.TakeAsync();
            var first = socket.Id;

            proxy.Refuse();
            await server.KillAsync();
            proxy.Reset();
            Assert.Contains(await ends.TakeAsync(), (DisconnectReason[])[DisconnectReason.TransportClose, DisconnectReason.TransportError]);
            var waiting = socket.EmitWithAckAsync<PacketArguments>("ack", ["sent while the server was away"]);
            await server.DisposeAsync();
            server = await ForeignServer.StartAsync(kind);
            proxy.Listen();

            await connects.TakeAsync();
            Assert.NotEqual(first, socket.Id);
            Assert.Equal("sent while the server was away", (await waiting.Within()).GetElement(0).GetString());
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_of_version_2_is_named_in_the_error()
    {
        var server = await Servers.GetAsync(ServerKind.Node2);
        await using var client = NewClient(server.Address, "websocket", WireFormat.Json);
        var errors = new Inbox<Exception>();
        var socket = client.Socket();
        socket.OnConnectError(errors.Add);
        socket.Connect();
        var error = await errors.TakeAsync();
        Assert.StartsWith("It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client", error.Message);
    }
}
