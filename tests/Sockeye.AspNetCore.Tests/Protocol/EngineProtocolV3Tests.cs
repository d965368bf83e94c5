using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>The cases of the official Engine.IO 3 protocol suite.</summary>
public sealed class EngineProtocolV3Tests(PatientProtocolServer server, QuickProtocolServer quick) : IClassFixture<PatientProtocolServer>, IClassFixture<QuickProtocolServer>
{
    private const string Path = "/engine.io3/";
    private const string WebSocketQuery = "EIO=3&transport=websocket";

    [Fact]
    public async Task V3_01_polling_handshake()
    {
        var client = Polling();
        var opened = await client.OpenAsync();
        Assert.Single(opened.Packets);
        Assert.Equal("text/plain; charset=UTF-8", opened.Headers.ContentType!.ToString());
        AssertHandshake(client.Handshake, ["websocket"]);
    }

    [Theory]
    [InlineData("EIO=3")]
    [InlineData("EIO=3&transport=abc")]
    public async Task V3_02_polling_without_a_valid_transport(string query) => Assert.Equal(HttpStatusCode.BadRequest, (await Polling().SendAsync(HttpMethod.Get, query)).Status);

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task V3_03_handshake_by_another_method_than_GET(string method) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Polling().SendAsync(new HttpMethod(method), "EIO=3&transport=polling")).Status);

    [Fact]
    public async Task V3_04_websocket_handshake()
    {
        await using var socket = await WebSocketAsync();
        AssertHandshake(await socket.ReceiveHandshakeAsync(), []);
    }

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    public async Task V3_05_a_websocket_of_an_unknown_revision_counts_as_3_and_is_closed_when_it_is_silent(string query)
    {
        await using var socket = await quick.Kestrel.WebSocketAsync(Path, query);
        await socket.ReceiveHandshakeAsync();
        await socket.WaitForCloseAsync();
        Assert.Empty(socket.TakePending());
    }

    [Theory]
    [InlineData("EIO=3")]
    [InlineData("EIO=3&transport=abc")]
    public async Task V3_06_websocket_without_a_valid_transport(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => WebSocketAsync(query))).Status);

    [Theory]
    [InlineData("V3-07", "6:4hello")]
    [InlineData("V3-08", "6:4test16:4test26:4test3")]
    [InlineData("V3-09", "6:4hello10:b4AQIDBA==")]
    [InlineData("beyond the basic plane", "3:4🐟2:4é")]
    public async Task A_polling_payload_of_text_comes_back_in_one_response(string id, string payload)
    {
        Assert.NotEmpty(id);
        var client = Polling("&b64=1");
        await client.OpenAsync();
        var posted = await client.PostAsync(payload);
        Assert.Equal((HttpStatusCode.OK, "ok"), (posted.Status, posted.Text));
        var polled = await client.PollAsync();
        Assert.Equal((HttpStatusCode.OK, payload, "text/plain"), (polled.Status, polled.Text, polled.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task V3_10_a_client_that_takes_bytes_gets_a_payload_of_bytes(bool postsBytes)
    {
        var bytes = Convert.FromHexString("0006FF3468656C6C6F0105FF0401020304");
        var client = Polling();
        await client.OpenAsync();
        var posted = postsBytes ? await client.PostBytesAsync(bytes) : await client.PostAsync("6:4hello10:b4AQIDBA==");
        Assert.Equal((HttpStatusCode.OK, "ok"), (posted.Status, posted.Text));
        var polled = await client.PollAsync();
        Assert.Equal(bytes, polled.Body);
        Assert.Equal("application/octet-stream", polled.Headers.ContentType!.ToString());
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("7:4hello")]
    [InlineData("4hello")]
    public async Task V3_11_a_malformed_payload_ends_the_session(string payload)
    {
        var client = Polling();
        await client.OpenAsync();
        await client.PostAsync(payload);
        Assert.Equal(EngineCloseReason.ParseError, (await server.Echo.WaitForEndAsync(client.Sid)).Reason);
        await client.ExpectUnknownAsync();
    }

    [Fact]
    public async Task V3_12_a_second_poll_ends_the_session()
    {
        var client = Polling();
        await client.OpenAsync();
        var polls = await Task.WhenAll(client.PollAsync(), client.PollAsync());
        Assert.Equal("1:1", Assert.Single(polls, poll => poll.Status is HttpStatusCode.OK).Text);
        Assert.Single(polls, poll => poll.Status is HttpStatusCode.BadRequest);
        await client.ExpectUnknownAsync();
    }

    [Fact]
    public async Task V3_13_websocket_text()
    {
        await using var socket = await OpenWebSocketAsync();
        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task V3_14_websocket_binary()
    {
        await using var socket = await OpenWebSocketAsync();
        await socket.SendBinaryAsync(4, 1, 2, 3, 4);
        Assert.Equal([4, 1, 2, 3, 4], await socket.ReceiveBinaryAsync());
    }

    [Fact]
    public async Task V3_15_a_malformed_packet_closes_the_websocket()
    {
        await using var socket = await OpenWebSocketAsync();
        await socket.SendTextAsync("abc");
        await socket.WaitForCloseAsync();
    }

    [Fact]
    public async Task V3_15_bytes_without_a_packet_type_close_the_websocket()
    {
        await using var socket = await OpenWebSocketAsync();
        await socket.SendBinaryAsync(7, 1, 2, 3);
        await socket.WaitForCloseAsync();
    }

    [Fact]
    public async Task V3_16_polling_heartbeat()
    {
        var client = Polling();
        await client.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            await client.SendPacketsAsync("2");
            var poll = await client.PollAsync();
            Assert.Equal((HttpStatusCode.OK, "1:3"), (poll.Status, poll.Text));
        }
    }

    [Fact]
    public async Task V3_17_polling_without_a_ping_ends_the_session_at_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var frozen = await FrozenProtocolServer.StartAsync(time);
        var (inTime, tooLate) = (new RawPollingClientV3(frozen.Kestrel.Http, Path), new RawPollingClientV3(frozen.Kestrel.Http, Path));
        await inTime.OpenAsync();
        await tooLate.OpenAsync();
        time.Advance(TimeSpan.FromMilliseconds(499));
        await inTime.SendPacketsAsync("2");
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.BadRequest, (await tooLate.PostAsync("1:2")).Status);
        Assert.Equal(EngineCloseReason.PingTimeout, (await frozen.Echo.WaitForEndAsync(tooLate.Sid)).Reason);

        time.Advance(TimeSpan.FromMilliseconds(498));
        Assert.Equal("1:3", (await inTime.PollAsync()).Text);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await inTime.ExpectUnknownAsync();
    }

    [Fact]
    public async Task EIO_S_062_the_session_ends_after_interval_and_timeout_and_not_before()
    {
        var time = new FakeTimeProvider();
        await using var frozen = await FrozenProtocolServer.StartAsync(time);
        var client = new RawPollingClientV3(frozen.Kestrel.Http, Path);
        await client.OpenAsync();
        foreach (var (wait, status) in new[] { (150, HttpStatusCode.OK), (200, HttpStatusCode.OK), (150, HttpStatusCode.BadRequest) })
        {
            time.Advance(TimeSpan.FromMilliseconds(wait));
            // A message is no heartbeat.
            Assert.Equal(status, (await client.PostAsync("2:4a")).Status);
        }
    }

    [Fact]
    public async Task V3_18_websocket_heartbeat()
    {
        await using var socket = await OpenWebSocketAsync();
        for (var round = 0; round < 3; round++)
        {
            await socket.SendTextAsync("2");
            Assert.Equal("3", await socket.ReceiveTextAsync());
        }

        // Not a probe here, so no probe in the answer.
        await socket.SendTextAsync("2probe");
        Assert.Equal("3", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task V3_19_websocket_without_a_ping_is_closed()
    {
        await using var socket = await quick.Kestrel.WebSocketAsync(Path, WebSocketQuery);
        var sid = (await socket.ReceiveHandshakeAsync()).GetProperty("sid").GetString()!;
        await socket.WaitForCloseAsync();
        Assert.Empty(socket.TakePending());
        Assert.Equal(EngineCloseReason.PingTimeout, (await quick.Echo.WaitForEndAsync(sid)).Reason);
    }

    [Fact]
    public async Task Q_01_a_websocket_that_falls_silent_after_its_upgrade_is_closed()
    {
        await using var client = await EngineClientV3.OpenAsync(quick.Kestrel, Via.Upgraded, Path);
        await client.WaitForCloseAsync();
        Assert.Equal(EngineCloseReason.PingTimeout, (await quick.Echo.WaitForEndAsync(client.Sid)).Reason);
    }

    [Fact]
    public async Task V3_20_a_close_packet_releases_the_waiting_poll()
    {
        var client = Polling();
        await client.OpenAsync();
        var poll = client.PollAsync();
        await client.SendPacketsAsync("1");
        Assert.Equal((HttpStatusCode.OK, "1:6"), ((await poll).Status, (await poll).Text));
        await client.ExpectUnknownAsync();
    }

    [Fact]
    public async Task V3_21_a_close_packet_closes_the_websocket()
    {
        await using var socket = await OpenWebSocketAsync();
        await socket.SendTextAsync("1");
        await socket.WaitForCloseAsync();
    }

    [Fact]
    public async Task V3_22_upgrade()
    {
        var client = Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        Assert.Equal("1:6", (await client.PollAsync()).Text);
        await socket.SendTextAsync("5");
        await AssertAnswersAsync(socket);
    }

    [Fact]
    public async Task V3_23_no_poll_after_the_upgrade()
    {
        var client = Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        await socket.SendTextAsync("5");
        await AssertAnswersAsync(socket);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PollAsync()).Status);
        await AssertAnswersAsync(socket);
    }

    [Fact]
    public async Task V3_24_no_second_websocket_after_the_upgrade()
    {
        var client = Polling();
        await client.OpenAsync();
        await using var socket = await ProbeAsync(client);
        await socket.SendTextAsync("5");
        await AssertAnswersAsync(socket);
        await using var second = await WebSocketAsync($"{WebSocketQuery}&sid={client.Sid}");
        await second.WaitForCloseAsync();
        Assert.Empty(second.TakePending());
        await AssertAnswersAsync(socket);
    }

    [Fact]
    public async Task A_request_of_another_revision_is_not_for_this_session()
    {
        var client = Polling();
        await client.OpenAsync();
        var response = await client.SendAsync(HttpMethod.Get, $"EIO=4&transport=polling&sid={client.Sid}");
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":3,"message":"Bad request"}"""), (response.Status, response.Text));
        await client.SendPacketsAsync("4on");
        Assert.Equal("3:4on", (await client.PollAsync()).Text);
    }

    private RawPollingClientV3 Polling(string more = "") => new(server.Kestrel.Http, Path, more);

    private Task<RawWebSocketClient> WebSocketAsync(string query = WebSocketQuery) => server.Kestrel.WebSocketAsync(Path, query);

    private async Task<RawWebSocketClient> OpenWebSocketAsync()
    {
        var socket = await WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        return socket;
    }

    private async Task<RawWebSocketClient> ProbeAsync(RawPollingClientV3 client)
    {
        var socket = await WebSocketAsync($"{WebSocketQuery}&sid={client.Sid}");
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.ReceiveTextAsync());
        return socket;
    }

    private static async Task AssertAnswersAsync(RawWebSocketClient socket)
    {
        await socket.SendTextAsync("4hello");
        Assert.Equal("4hello", await socket.ReceiveTextAsync());
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
