using System.Net;
using System.Text.Json;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>What docs/guide/from-node.md says beside the cheat sheet, its application does.</summary>
public sealed class FromNodeGuideTests : IAsyncLifetime
{
    private readonly Inbox<string> _log = new();
    private KestrelServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await KestrelServer.StartAsync(app => FromNodeGuide.Map(app, _log.Add), builder => FromNodeGuide.AddServices(builder, _log.Add));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Options_and_what_the_engine_tells()
    {
        var polling = _server.Polling();
        var first = await polling.SendAsync(HttpMethod.Get, "EIO=4&transport=polling", headers: headers => headers.Add("Origin", "https://chat.example"));
        var open = JsonElement.Parse(first.Body[1..]);
        Assert.Equal((10_000, 2_000_000), (open.GetProperty("pingInterval").GetInt32(), open.GetProperty("maxPayload").GetInt32()));
        Assert.Equal(32, open.GetProperty("sid").GetString()!.Length);
        Assert.Equal("https://chat.example", Assert.Single(first.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(("yes", "yes"), (Assert.Single(first.Headers.GetValues("x-first")), Assert.Single(first.Headers.GetValues("x-each"))));

        var banned = await polling.SendAsync(HttpMethod.Get, "EIO=4&transport=polling&banned");
        Assert.Equal((HttpStatusCode.Forbidden, """{"code":4,"message":"You are banned"}"""), (banned.Status, banned.Body));
        Assert.StartsWith("Forbidden Forbidden: ", await LoggedAsync("Forbidden"));
        Assert.False(banned.Headers.Contains("x-first"));
        Assert.Equal(PerMessageDeflateDefault, _server.Io().Options.PerMessageDeflate!.Threshold);
    }

    [Fact]
    public async Task Handlers_of_all_sockets_and_of_one()
    {
        await using var client = await SocketIOTestClient.ConnectAsync(_server);
        await LoggedAsync($"{client.Id} came");
        Assert.Equal("""["hello Ada"]""", await AnswerAsync(client, "hello", "Ada"));
        Assert.Equal("[5]", await AnswerAsync(client, "add", 2, 3));
        Assert.Equal("[]", await AnswerAsync(client, "stored"));
        Assert.Equal("[3,1]", await AnswerAsync(client, "divide", 10, 3));
        await client.EmitAsync("log", "said by a client");
        await LoggedAsync("said by a client");
        Assert.Equal("""["a.png: 3 bytes"]""", await AnswerAsync(client, "upload", "a.png", new byte[] { 1, 2, 3 }));
        Assert.Equal("[1]", await AnswerAsync(client, "count"));
        Assert.Equal("[2]", await AnswerAsync(client, "count"));
        Assert.Equal("""["the first time"]""", await AnswerAsync(client, "once"));
        await client.Client.SendAsync("""4299["once"]""");
        Assert.Equal("[3]", await AnswerAsync(client, "count"));
        Assert.Empty(client.Client.TakePending());
        await client.LeaveAsync();
        await LoggedAsync($"{client.Id} leaves 1 rooms");
        await LoggedAsync($"{client.Id} left: client namespace disconnect");
        await LoggedAsync("it had counted to 3");
    }

    [Fact]
    public async Task Namespaces_static_and_dynamic()
    {
        await using var client = await SocketIOTestClient.OpenAsync(_server);
        var chat = await client.JoinAsync("/chat");
        await LoggedAsync($"{chat.Id} came to /chat");
        Assert.Equal($$"""[{"count":1,"found":true,"ids":["{{chat.Id}}"]}]""", await AnswerAsync(chat, "members", chat.Id));
        await LoggedAsync($"Created {chat.Id}");

        var game = await client.JoinAsync("/game-1");
        await LoggedAsync("/game-1 is new");
        await game.ExpectAsync($"""42/game-1,["joined","{game.Id}"]""");
        var other = await client.JoinAsync("/game-2");
        await other.ExpectAsync($"""42/game-2,["joined","{other.Id}"]""");
        await game.EmitAsync("all games", "tea");
        await game.ExpectAsync("""42/game-1,["announcement","tea"]""");
        await other.ExpectAsync("""42/game-2,["announcement","tea"]""");

        await client.JoinAsync("/tenant-7", """{"tenant":"7"}""");
        await client.SendAsync("""40/tenant-8,{"tenant":"7"}""");
        Assert.Equal("""44/tenant-8,{"message":"Invalid namespace"}""", (await client.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task Middlewares_and_what_a_socket_knows()
    {
        await using var client = await SocketIOTestClient.OpenAsync(_server, Via.Polling, "color=blue");
        await client.SendAsync("""40{"token":"wrong"}""");
        Assert.Equal("""44{"message":"not authorized","data":{"content":"Please retry later"}}""", (await client.ReceiveAsync()).Text);

        var socket = await client.JoinAsync(auth: """{"name":"Ada"}""");
        await socket.EmitAsync("forbidden");
        await LoggedAsync("forbidden: unauthorized event");
        var handshake = (await socket.AskAsync("handshake")).Data[0];
        Assert.Equal(
            ("blue", "127.0.0.1", "Ada", false, false, JsonValueKind.Null),
            (Text("query"), Text("address"), Text("auth"), handshake.GetProperty("secure").GetBoolean(), handshake.GetProperty("xDomain").GetBoolean(), handshake.GetProperty("user").ValueKind));
        Assert.StartsWith("/socket.io/?EIO=4", Text("url"));
        Assert.Equal($"""["{socket.Id} / True True"]""", await AnswerAsync(socket, "rename", "Grace"));
        Assert.Equal("Grace", _server.Io().Main.FindSocket(socket.Id)!.Data["name"]);

        string? Text(string name) => handshake.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Catch_all_listeners()
    {
        await using var client = await SocketIOTestClient.ConnectAsync(_server, ns: "/spied");
        _log.TakePending();
        await client.EmitAsync("echo", "a");
        await client.ExpectAsync("""42/spied,["echo","a"]""");
        Assert.Equal(["first of all: echo", "got echo, 1 arguments", "sent echo, 1 arguments"], _log.TakePending());
        await client.EmitAsync("quiet");
        await client.EmitAsync("echo", "b");
        await client.ExpectAsync("""42/spied,["echo","b"]""");
        Assert.Equal(["first of all: quiet", "got quiet, 0 arguments"], _log.TakePending());
    }

    [Fact]
    public async Task The_connection_underneath()
    {
        var polling = _server.Polling();
        await polling.OpenAsync();
        await polling.SendPacketsAsync("40/watched,");
        Assert.StartsWith("40/watched,", Assert.Single((await polling.PollAsync()).Packets).ToString());
        await LoggedAsync("by polling");
        await using var upgraded = await _server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={polling.Sid}");
        await upgraded.SendTextAsync("2probe");
        Assert.Equal("3probe", await upgraded.ReceiveTextAsync());
        await upgraded.SendTextAsync("5");
        await LoggedAsync("now by websocket");
        await upgraded.SendTextAsync("""42/watched,["close"]""");
        await LoggedAsync("in: Message, 19 bytes");
        await LoggedAsync("out: Message, 17 bytes");
        await LoggedAsync("all is sent");
        await LoggedAsync("closed: ForcedClose");
        Assert.Equal("""42/watched,["bye"]""", await upgraded.ReceiveTextAsync());
    }

    private static int PerMessageDeflateDefault => new PerMessageDeflateOptions().Threshold;

    private static async Task<string> AnswerAsync(SocketIOTestSocket client, string name, params object?[] arguments) => (await client.AskAsync(name, arguments)).Data.GetRawText();

    /// <summary>The next line that begins so.</summary>
    private Task<string> LoggedAsync(string begin) => _log.TakeAsync(line => line.StartsWith(begin, StringComparison.Ordinal), $"the line \"{begin}\"");
}
