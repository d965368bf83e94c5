using System.Net;
using System.Text.Json;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>
/// The cases of the official Engine.IO 4 protocol suite, apart from its heartbeat. The heartbeat here is the production one, so that no ping timeout can pass for
/// the closing that a test waits for: the original suite cannot tell them apart.
/// </summary>
public sealed class EngineProtocolTests(PatientEngineProtocolServer server) : IClassFixture<PatientEngineProtocolServer>
{
    [Fact]
    public async Task V4_01_polling_handshake()
    {
        var client = server.Polling();
        var response = await client.OpenAsync();
        Assert.Single(response.Packets);
        AssertHandshake(client.Handshake, ["websocket"]);
    }

    [Theory]
    [InlineData("transport=polling")]
    [InlineData("EIO=abc&transport=polling")]
    public async Task V4_02_polling_without_a_valid_revision(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Polling().SendAsync(HttpMethod.Get, query)).Status);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public async Task V4_03_polling_without_a_valid_transport(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Polling().SendAsync(HttpMethod.Get, query)).Status);

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task V4_04_handshake_by_another_method_than_GET(string method) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Polling().SendAsync(new HttpMethod(method), "EIO=4&transport=polling")).Status);

    [Fact]
    public async Task V4_05_websocket_handshake()
    {
        await using var socket = await server.WebSocketAsync();
        AssertHandshake(await socket.ReceiveHandshakeAsync(), []);
    }

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    public async Task V4_06_websocket_without_a_valid_revision(string query)
    {
        var refused = await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
    }

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public async Task V4_07_websocket_without_a_valid_transport(string query)
    {
        var refused = await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
    }

    [Theory]
    [InlineData("V4-08", "4hello")]
    [InlineData("V4-09", "4test1\u001e4test2\u001e4test3")]
    [InlineData("V4-10", "4hello\u001ebAQIDBA==")]
    public async Task A_polling_payload_comes_back_in_one_response(string id, string payload)
    {
        Assert.NotEmpty(id);
        var client = server.Polling();
        await client.OpenAsync();

        var posted = await client.PostAsync(payload);
        Assert.Equal((HttpStatusCode.OK, "ok"), (posted.Status, posted.Body));

        var polled = await client.PollAsync();
        Assert.Equal((HttpStatusCode.OK, payload), (polled.Status, polled.Body));
    }

    [Fact]
    public async Task V4_11_a_malformed_payload_ends_the_session()
    {
        var client = server.Polling();
        await client.OpenAsync();
        // The official server answers 200, other suites want 400: what counts is that the session is gone.
        await client.PostAsync("abc");
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    [Fact]
    public async Task V4_12_a_second_poll_ends_the_session()
    {
        var client = server.Polling();
        await client.OpenAsync();
        var polls = await Task.WhenAll(client.PollAsync(), client.PollAsync());
        // Whichever of the two came first was waiting and gets the close packet.
        var first = Assert.Single(polls, poll => poll.Status is HttpStatusCode.OK);
        Assert.Equal("1", first.Body);
        Assert.Single(polls, poll => poll.Status is HttpStatusCode.BadRequest);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    [Fact]
    public async Task V4_13_a_poll_that_the_client_cancels_ends_the_session()
    {
        var client = server.Polling();
        await client.OpenAsync();
        await using (var tcp = await server.Kestrel.TcpAsync())
        {
            await tcp.SendRequestAsync($"GET /engine.io/?{client.Query}");
            tcp.EndSending();
            await server.Echo.WaitForEndAsync(client.Sid);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    [Fact]
    public async Task V4_14_websocket_text()
    {
        await using var socket = await server.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task V4_15_websocket_binary()
    {
        await using var socket = await server.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendBinaryAsync(1, 2, 3, 4);
        Assert.Equal([1, 2, 3, 4], await socket.ReceiveBinaryAsync());
    }

    [Fact]
    public async Task V4_16_a_malformed_packet_closes_the_websocket()
    {
        await using var socket = await server.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("abc");
        await socket.WaitForCloseAsync();
    }

    [Fact]
    public async Task V4_21_a_close_packet_releases_the_waiting_poll()
    {
        var client = server.Polling();
        await client.OpenAsync();
        var poll = client.PollAsync();
        await client.SendPacketsAsync("1");
        Assert.Equal((HttpStatusCode.OK, "6"), ((await poll).Status, (await poll).Body));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    [Fact]
    public async Task V4_22_a_close_packet_closes_the_websocket()
    {
        await using var socket = await server.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("1");
        await socket.WaitForCloseAsync();
    }

    [Fact]
    public async Task V4_23_upgrade()
    {
        var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);

        var poll = await client.PollAsync();
        Assert.Equal((HttpStatusCode.OK, "6"), (poll.Status, poll.Body));

        await socket.SendTextAsync("5");
        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task V4_24_no_poll_after_the_upgrade()
    {
        var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        await UpgradeAsync(socket);

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task V4_25_no_second_websocket_after_the_upgrade()
    {
        var client = server.Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        await UpgradeAsync(socket);

        // Refusing the handshake closes it too.
        try
        {
            await using var second = await server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
            await second.WaitForCloseAsync();
            Assert.Empty(second.TakePending());
        }
        catch (WebSocketRefusedException refused)
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        }

        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
    }

    private async Task<RawWebSocketClient> ProbeAsync(RawPollingClient client)
    {
        var socket = await server.WebSocketAsync($"EIO=4&transport=websocket&sid={client.Sid}");
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.ReceiveTextAsync());
        return socket;
    }

    // The echo tells that the server has seen the packet before it, which has no answer of its own.
    private static async Task UpgradeAsync(RawWebSocketClient socket)
    {
        await socket.SendTextAsync("5");
        await socket.SendTextAsync("4upgraded");
        Assert.Equal("4upgraded", await socket.ReceiveTextAsync());
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
