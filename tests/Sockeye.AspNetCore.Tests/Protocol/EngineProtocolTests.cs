using System.Net;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>
/// The cases of the official Engine.IO 4 protocol suite, apart from its heartbeat. The heartbeat here is the production one, so that no ping timeout can pass for
/// the closing that a test waits for: the original suite cannot tell them apart.
/// </summary>
public sealed class EngineProtocolTests(PatientProtocolServer server) : IClassFixture<PatientProtocolServer>
{
    [Fact]
    public Task V4_01_polling_handshake() => server.Engine.PollingHandshakeAsync();

    [Theory]
    [InlineData("transport=polling")]
    [InlineData("EIO=abc&transport=polling")]
    public Task V4_02_polling_without_a_valid_revision(string query) => server.Engine.PollingIsRefusedAsync(query);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public Task V4_03_polling_without_a_valid_transport(string query) => server.Engine.PollingIsRefusedAsync(query);

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public Task V4_04_handshake_by_another_method_than_GET(string method) => server.Engine.PollingIsRefusedAsync("EIO=4&transport=polling", method);

    [Fact]
    public Task V4_05_websocket_handshake() => server.Engine.WebSocketHandshakeAsync();

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    public Task V4_06_websocket_without_a_valid_revision(string query) => server.Engine.WebSocketIsRefusedAsync(query);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public Task V4_07_websocket_without_a_valid_transport(string query) => server.Engine.WebSocketIsRefusedAsync(query);

    [Theory]
    [InlineData("V4-08", "4hello")]
    [InlineData("V4-09", "4test1\u001e4test2\u001e4test3")]
    [InlineData("V4-10", "4hello\u001ebAQIDBA==")]
    public async Task A_polling_payload_comes_back_in_one_response(string id, string payload)
    {
        Assert.NotEmpty(id);
        var client = server.Engine.Polling();
        await client.OpenAsync();

        var posted = await client.PostAsync(payload);
        Assert.Equal((HttpStatusCode.OK, "ok"), (posted.Status, posted.Body));

        var polled = await client.PollAsync();
        Assert.Equal((HttpStatusCode.OK, payload), (polled.Status, polled.Body));
    }

    [Fact]
    public async Task V4_11_a_malformed_payload_ends_the_session()
    {
        var client = server.Engine.Polling();
        await client.OpenAsync();
        // The official server answers 200, other suites want 400: what counts is that the session is gone.
        await client.PostAsync("abc");
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
    }

    [Fact]
    public async Task V4_12_a_second_poll_ends_the_session()
    {
        var client = server.Engine.Polling();
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
        var client = server.Engine.Polling();
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
        await using var socket = await server.Engine.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task V4_15_websocket_binary()
    {
        await using var socket = await server.Engine.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendBinaryAsync(1, 2, 3, 4);
        Assert.Equal([1, 2, 3, 4], await socket.ReceiveBinaryAsync());
    }

    [Fact]
    public async Task V4_16_a_malformed_packet_closes_the_websocket()
    {
        await using var socket = await server.Engine.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("abc");
        await socket.WaitForCloseAsync();
    }

    [Fact]
    public Task V4_21_a_close_packet_releases_the_waiting_poll() => server.Engine.PollingCloseAsync();

    [Fact]
    public Task V4_22_a_close_packet_closes_the_websocket() => server.Engine.WebSocketCloseAsync();

    [Fact]
    public Task V4_23_upgrade() => server.Engine.UpgradeAsync();

    [Fact]
    public Task V4_24_no_poll_after_the_upgrade() => server.Engine.NoPollAfterUpgradeAsync();

    [Fact]
    public Task V4_25_no_second_websocket_after_the_upgrade() => server.Engine.NoSecondWebSocketAfterUpgradeAsync();
}
