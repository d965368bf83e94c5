using System.IO.Compression;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Clients of revision 3 where the protocol suite does not look, and JSONP for both revisions.</summary>
public sealed class LegacyTests
{
    [Fact]
    public async Task The_refusal_of_an_old_client_names_its_user_agent_and_the_option_that_mends_it()
    {
        await using var host = await EngineHost.StartAsync();
        var response = await host.GetAsync("EIO=3&transport=polling&b64=1", headers => headers.Add("User-Agent", "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko"));
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":5,"message":"Unsupported protocol version"}"""), (response.Status, response.Body));
        Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync("EIO=3&transport=websocket", options => options.SetRequestHeader("User-Agent", "node-XMLHttpRequest")));
        var lines = host.Lines(4);
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.Equal(LogLevel.Warning, line.Level));
        Assert.All(lines, line => Assert.Contains("AllowEIO3", line.Message, StringComparison.Ordinal));
        Assert.Contains("Trident/7.0; rv:11.0) like Gecko", lines[0].Message, StringComparison.Ordinal);
        Assert.Contains("node-XMLHttpRequest", lines[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Such_refusals_do_not_fill_the_log()
    {
        await using var host = await EngineHost.StartAsync(fakeTime: true);
        for (var i = 0; i < 30; i++)
        {
            await host.GetAsync("EIO=3&transport=polling");
        }

        Assert.Equal(10, host.Lines(4).Count);
    }

    [Theory]
    [InlineData("EIO=3", 3)]
    [InlineData("EIO=4", 4)]
    [InlineData("EIO=abc", 3)]
    [InlineData("x=1", 3)]
    public async Task The_application_sees_the_revision(string query, int revision)
    {
        await using var host = await LegacyHostAsync();
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync($"{query}&transport=polling")).Status);
        Assert.Equal(revision, (await host.Handler.NextAsync()).Session.Protocol);
    }

    [Theory]
    [EachTransport(JsonOnly = true)]
    public async Task Text_and_binary_go_both_ways(Via via)
    {
        await using var host = await LegacyHostAsync();
        foreach (var more in new[] { "", "&b64=1" })
        {
            await using var client = await EngineClientV3.OpenAsync(host.Kestrel, via, EngineHost.Path, more);
            var session = await host.Handler.NextAsync();
            object[] messages = ["a", new byte[] { 1, 2, 3 }, "€🐟", Array.Empty<byte>(), new byte[] { 4 }, ""];
            foreach (var message in messages)
            {
                await client.SendAsync(message is string text ? "4" + text : message);
            }

            foreach (var message in messages)
            {
                Assert.Equal(message, await session.ReceiveAsync());
                Assert.Equal(message is string text ? "4" + text : message, await client.ReceiveAsync());
            }
        }
    }

    [Fact]
    public async Task A_websocket_client_that_takes_text_only_gets_and_sends_base64()
    {
        await using var host = await LegacyHostAsync();
        await using var socket = await host.WebSocketAsync("EIO=3&transport=websocket&b64=1");
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("b4AQIDBA==");
        Assert.Equal("b4AQIDBA==", await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task Binary_frames_are_compressed_with_their_type()
    {
        await using var host = await LegacyHostAsync(options => options.PerMessageDeflate = new() { Threshold = 10 });
        await using var socket = await host.WebSocketAsync("EIO=3&transport=websocket", options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        await socket.ReceiveHandshakeAsync();
        byte[] message = [4, .. Enumerable.Repeat((byte)7, 500)];
        await socket.SendBinaryAsync(message);
        Assert.Equal(message, await socket.ReceiveBinaryAsync());
        await socket.SendTextAsync("4" + new string('a', 500));
        Assert.Equal("4" + new string('a', 500), await socket.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_S_130_payloads_of_bytes_are_compressed()
    {
        await using var host = await LegacyHostAsync();
        var client = Polling(host);
        await client.OpenAsync();
        var data = new byte[1024];
        (await host.Handler.NextAsync()).Session.Send(OutboundMessage.Binary(data));
        var polled = await client.SendAsync(HttpMethod.Get, client.Query, headers: headers => headers.Add("Accept-Encoding", "gzip, deflate"));
        Assert.Equal("gzip", Assert.Single(polled.Headers.ContentEncoding));
        Assert.Equal("application/octet-stream", polled.Headers.ContentType!.ToString());
        using var inflated = new MemoryStream();
        new GZipStream(new MemoryStream(polled.Body), CompressionMode.Decompress).CopyTo(inflated);
        Assert.Equal([1, 1, 0, 2, 5, 0xFF, 4, .. data], inflated.ToArray());
    }

    [Fact]
    public async Task A_payload_is_of_bytes_only_where_a_packet_is()
    {
        await using var host = await LegacyHostAsync();
        var client = Polling(host);
        await client.OpenAsync();
        await client.SendPacketsAsync("4a", new byte[] { 1 }, "4€");
        var mixed = await client.PollAsync();
        Assert.True(mixed.IsBytes);
        Assert.Equal(["4a", new byte[] { 1 }, "4€"], mixed.Packets);
        await client.SendPacketsAsync("4b");
        var text = await client.PollAsync();
        Assert.False(text.IsBytes);
        Assert.Equal("2:4b", text.Text);
    }

    [Fact]
    public async Task The_first_message_of_the_application_comes_behind_the_open_packet()
    {
        await using var host = await LegacyHostAsync(options => options.InitialPacket = "faster! é");
        Assert.Equal("4faster! é", (await Polling(host).OpenAsync()).Packets[1]);
    }

    [Fact]
    public async Task Pings_without_end_wait_as_one_pong()
    {
        await using var host = await LegacyHostAsync();
        var client = Polling(host);
        await client.OpenAsync();
        await client.SendPacketsAsync([.. Enumerable.Repeat("2", 1000)]);
        Assert.Equal("1:3", (await client.PollAsync()).Text);
        await client.SendPacketsAsync("2", "4a", "2");
        Assert.Equal("1:32:4a1:3", (await client.PollAsync()).Text);
    }

    [Fact]
    public async Task EIO_S_126_EIO_S_128_the_application_hears_of_pings_and_pongs()
    {
        var heard = new Journal();
        await using var host = await LegacyHostAsync();
        host.Handler.Opening = session =>
        {
            session.OnPacket((_, type, _, _) => heard.Add($"in {type}"));
            session.OnPacketCreate((_, type, _, _) => heard.Add($"out {type}"));
        };
        await using var client = await EngineClientV3.OpenAsync(host.Kestrel, Via.WebSocket, EngineHost.Path);
        await client.SendAsync("2");
        await client.ExpectAsync("3");
        await heard.ExpectAsync("in Ping", "out Pong");
    }

    [Theory]
    [InlineData(1_000, HttpStatusCode.OK)]
    [InlineData(1_001, HttpStatusCode.RequestEntityTooLarge)]
    public async Task The_largest_body_is_as_large_as_for_others(int length, HttpStatusCode status)
    {
        await using var host = await LegacyHostAsync(options => options.MaxPayload = 1_000);
        var client = Polling(host);
        await client.OpenAsync();
        Assert.Equal(status, (await client.PostAsync($"{length - 4}:4{new string('a', length - 5)}")).Status);
        await client.SendPacketsAsync("4on");
    }

    [Fact]
    public async Task A_payload_of_too_many_packets_ends_the_session()
    {
        await using var host = await LegacyHostAsync(options => options.MaxPacketsPerPayload = 3);
        var client = Polling(host);
        await client.OpenAsync();
        var session = await host.Handler.NextAsync();
        await client.PostAsync("2:4a0:2:4b2:4c");
        Assert.Equal("parse error", await session.EndReasonAsync());
        Assert.Equal(2, session.Pending);
    }

    [Fact]
    public async Task EIO_S_099_chunked_bodies_are_joined()
    {
        await using var host = await LegacyHostAsync();
        var client = Polling(host);
        await client.OpenAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client.Query}", "Content-Type: text/plain", "Transfer-Encoding: chunked");
        foreach (var chunk in new[] { "4:41", "2", "3" })
        {
            await tcp.SendAsync($"{chunk.Length}\r\n{chunk}\r\n");
        }

        await tcp.SendAsync("0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await tcp.ReadHeadAsync());
        Assert.Equal("123", await (await host.Handler.NextAsync()).ReceiveAsync());
    }

    [Theory]
    [InlineData("EIO=3", "6:4hello", "8:4\"é\\ \n\u2028x", "8:4\\\"é\\\\ \\n\\u2028x")]
    [InlineData("EIO=4", "4hello", "4\"é\\ \n\u2028x", "4\\\"é\\\\ \\n\\u2028x")]
    public async Task JSONP_is_answered_by_scripts_and_posts_forms(string revision, string hello, string odd, string escaped)
    {
        await using var host = await LegacyHostAsync();
        var opened = await host.GetAsync($"{revision}&transport=polling&j=5");
        Assert.Equal("text/plain; charset=UTF-8", opened.ContentHeaders.ContentType!.ToString());
        Assert.StartsWith("___eio[5](\"", opened.Body, StringComparison.Ordinal);
        Assert.EndsWith("\");", opened.Body, StringComparison.Ordinal);
        var payload = JsonElement.Parse(opened.Body["___eio[5](".Length..^2]).GetString()!;
        var sid = JsonElement.Parse(payload[payload.IndexOf('{', StringComparison.Ordinal)..]).GetProperty("sid").GetString()!;
        var query = $"{revision}&transport=polling&j=6&sid={sid}";

        foreach (var (message, script) in new[] { (hello, hello), (odd, escaped) })
        {
            var form = new Dictionary<string, string> { ["d"] = message.Replace("\\n", "\\\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) };
            var posted = await host.Polling().SendAsync(HttpMethod.Post, query, new FormUrlEncodedContent(form));
            Assert.Equal((HttpStatusCode.OK, "ok"), (posted.Status, posted.Body));
            // The number of the session's first request counts (engine.io).
            Assert.Equal($"___eio[5](\"{script}\");", (await host.GetAsync(query)).Body);
        }

        var session = await host.Handler.NextAsync();
        Assert.Equal("hello", await session.ReceiveAsync());
        Assert.Equal("\"é\\ \n\u2028x", await session.ReceiveAsync());

        Task<RawResponse> poll = null!;
        await host.ArrivedAsync(() => poll = host.GetAsync(query));
        Assert.Equal("ok", (await host.Polling().SendAsync(HttpMethod.Post, query, new FormUrlEncodedContent([new("d", revision == "EIO=3" ? "1:1" : "1")]))).Body);
        Assert.Equal(revision == "EIO=3" ? "___eio[5](\"1:6\");" : "___eio[5](\"6\");", (await poll).Body);
        Assert.Equal("transport close", await session.EndReasonAsync());
    }

    [Fact]
    public async Task JSONP_is_for_clients_of_old_only()
    {
        await using var host = await EngineHost.StartAsync();
        Assert.StartsWith("0{", (await host.GetAsync("EIO=4&transport=polling&j=0")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_is_a_number_whatever_the_client_asks_for()
    {
        await using var host = await LegacyHostAsync();
        var opened = await host.GetAsync($"EIO=4&transport=polling&j={Uri.EscapeDataString("1];alert(2)//")}");
        Assert.StartsWith("___eio[12](\"0{", opened.Body, StringComparison.Ordinal);
        Assert.StartsWith("___eio[](\"0{", (await host.GetAsync("EIO=4&transport=polling&j=")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binary_by_JSONP_is_base64()
    {
        await using var host = await LegacyHostAsync();
        var client = host.Polling();
        var opened = await client.SendAsync(HttpMethod.Get, "EIO=3&transport=polling&j=0");
        var sid = JsonElement.Parse(opened.Body[opened.Body.IndexOf('{', StringComparison.Ordinal)..^3].Replace("\\\"", "\"", StringComparison.Ordinal)).GetProperty("sid").GetString();
        (await host.Handler.NextAsync()).Session.Send(OutboundMessage.Binary(new byte[] { 1, 2, 3, 4 }));
        Assert.Equal("___eio[0](\"10:b4AQIDBA==\");", (await client.SendAsync(HttpMethod.Get, $"EIO=3&transport=polling&j=0&sid={sid}")).Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x=1")]
    [InlineData("d=2:4a&d=2:4b")]
    public async Task A_form_without_a_payload_is_overlooked(string form)
    {
        await using var host = await LegacyHostAsync();
        var client = host.Polling();
        var opened = await client.SendAsync(HttpMethod.Get, "EIO=3&transport=polling&j=0");
        var session = await host.Handler.NextAsync();
        var query = $"EIO=3&transport=polling&j=0&sid={session.Session.Id}";
        Assert.Equal(HttpStatusCode.OK, opened.Status);
        Assert.Equal("ok", (await client.SendAsync(HttpMethod.Post, query, new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"))).Body);
        Assert.Equal("ok", (await client.SendAsync(HttpMethod.Post, query, new StringContent("d=2:4c", Encoding.UTF8, "application/x-www-form-urlencoded"))).Body);
        Assert.Equal("c", await session.ReceiveAsync());
    }

    [Fact]
    public void A_message_is_encoded_once_for_each_form_in_use()
    {
        var both = OutboundMessage.FromPacket(new(Encoding.UTF8.GetBytes("51-[\"x\",{\"_placeholder\":true,\"num\":0}]"), [new byte[] { 1, 2, 3 }]));
        Assert.True(both.WebSocketFramesV3 == both.WebSocketFramesV3);
        Assert.True(both.PollingTextV3 == both.PollingTextV3);
        Assert.True(both.PollingBytesV3 == both.PollingBytesV3);
        Assert.Equal([0x82, 4, 4, 1, 2, 3], both.WebSocketFramesV3[^6..].ToArray());
        Assert.EndsWith("6:b4AQID", Encoding.UTF8.GetString(both.PollingTextV3));
        Assert.Equal([1, 4, 0xFF, 4, 1, 2, 3], both.PollingBytesV3[^7..].ToArray());

        var text = OutboundMessage.Text("a");
        Assert.True(text.WebSocketFramesV3 == text.WebSocketFrames);
    }

    [Fact]
    public void The_form_of_a_request_is_what_its_query_says()
    {
        Assert.Equal(new PollingForm(4, Base64: false, JsonpIndex: null), Form("?EIO=4&b64=1"));
        Assert.Equal(new PollingForm(4, Base64: false, JsonpIndex: "7"), Form("?EIO=4&j=7"));
        Assert.Equal(new PollingForm(3, Base64: false, JsonpIndex: null), Form("?EIO=3&b64="));
        Assert.Equal(new PollingForm(3, Base64: true, JsonpIndex: ""), Form("?b64=1&j="));

        static PollingForm Form(string query) => PollingForm.Of(new DefaultHttpContext { Request = { QueryString = new QueryString(query) } }, allowsJsonp: true);
    }

    private static Task<EngineHost> LegacyHostAsync(Action<EngineOptions>? options = null) => EngineHost.StartAsync(
        engine =>
        {
            engine.AllowEIO3 = true;
            options?.Invoke(engine);
        },
        new RecordingHandler { Echoes = true });

    private static RawPollingClientV3 Polling(EngineHost host, string more = "") => new(host.Kestrel.Http, EngineHost.Path, more);
}
