using System.Net;
using System.Text.Json;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The cases that the suites of both protocols have in common.</summary>
/// <param name="server">The server.</param>
/// <param name="path">The endpoint's path.</param>
/// <param name="question">A packet that the endpoint answers, as often as it comes.</param>
/// <param name="answer">How that answer begins.</param>
internal sealed class EngineCases(KestrelServer server, string path, string question, string answer)
{
    public RawPollingClient Polling() => server.Polling(path);

    public Task<RawWebSocketClient> WebSocketAsync(string query = "EIO=4&transport=websocket") => server.WebSocketAsync(path, query);

    public async Task PollingHandshakeAsync()
    {
        var client = Polling();
        var response = await client.OpenAsync();
        Assert.Single(response.Packets);
        AssertHandshake(client.Handshake, ["websocket"]);
    }

    public async Task WebSocketHandshakeAsync()
    {
        await using var socket = await WebSocketAsync();
        AssertHandshake(await socket.ReceiveHandshakeAsync(), []);
    }

    public async Task PollingIsRefusedAsync(string query, string method = "GET") =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Polling().SendAsync(new HttpMethod(method), query)).Status);

    public async Task WebSocketIsRefusedAsync(string query)
    {
        var refused = await Assert.ThrowsAsync<WebSocketRefusedException>(() => WebSocketAsync(query));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
    }

    public async Task PollingHeartbeatAsync()
    {
        var client = Polling();
        await client.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            var poll = await client.PollAsync();
            Assert.Equal((HttpStatusCode.OK, "2"), (poll.Status, poll.Body));
            await client.SendPacketsAsync("3");
        }
    }

    public async Task WebSocketHeartbeatAsync()
    {
        await using var socket = await WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("2", await socket.ReceiveTextAsync());
            await socket.SendTextAsync("3");
        }
    }

    /// <summary>Gives the id of the session that timed out.</summary>
    public async Task<string> WebSocketPingTimeoutAsync()
    {
        await using var socket = await WebSocketAsync();
        var sid = (await socket.ReceiveHandshakeAsync()).GetProperty("sid").GetString()!;
        await socket.WaitForCloseAsync();
        Assert.Equal(["2"], socket.TakePending());
        return sid;
    }

    public async Task PollingCloseAsync()
    {
        var client = Polling();
        await client.OpenAsync();
        var poll = client.PollAsync();
        await client.SendPacketsAsync("1");
        Assert.Equal((HttpStatusCode.OK, "6"), ((await poll).Status, (await poll).Body));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    public async Task WebSocketCloseAsync()
    {
        await using var socket = await WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("1");
        await socket.WaitForCloseAsync();
    }

    public async Task UpgradeAsync()
    {
        var client = Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);

        var poll = await client.PollAsync();
        Assert.Equal((HttpStatusCode.OK, "6"), (poll.Status, poll.Body));

        await socket.SendTextAsync("5");
        await AssertAnswersAsync(socket);
    }

    public async Task NoPollAfterUpgradeAsync()
    {
        var client = Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        await socket.SendTextAsync("5");
        // The answer tells that the server has seen the packet before it, which has none.
        await AssertAnswersAsync(socket);

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
        await AssertAnswersAsync(socket);
    }

    public async Task NoSecondWebSocketAfterUpgradeAsync()
    {
        var client = Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        await socket.SendTextAsync("5");

        // Refusing the handshake closes it too.
        try
        {
            await using var second = await WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
            await second.WaitForCloseAsync();
            Assert.Empty(second.TakePending());
        }
        catch (WebSocketRefusedException refused)
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        }

        await AssertAnswersAsync(socket);
    }

    private async Task<RawWebSocketClient> ProbeAsync(RawPollingClient client)
    {
        var socket = await WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.ReceiveTextAsync());
        return socket;
    }

    private async Task AssertAnswersAsync(RawWebSocketClient socket)
    {
        await socket.SendTextAsync(question);
        Assert.StartsWith(answer, await socket.ReceiveTextAsync());
    }

    private static void AssertHandshake(JsonElement handshake, string[] upgrades)
    {
        Assert.Equal(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"], handshake.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[A-Za-z0-9_-]{20}$", handshake.GetProperty("sid").GetString()!);
        Assert.Equal(upgrades, handshake.GetProperty("upgrades").EnumerateArray().Select(element => element.GetString()!));
        Assert.Equal(25_000, handshake.GetProperty("pingInterval").GetInt32());
        Assert.Equal(20_000, handshake.GetProperty("pingTimeout").GetInt32());
        Assert.Equal(1_000_000, handshake.GetProperty("maxPayload").GetInt32());
    }
}
