using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Which requests are refused, with which answer, and that hook, log and counter tell the same reason.</summary>
public sealed class VerificationTests
{

    [Theory]
    [InlineData("EIO-S-001", "EIO=4&transport=tobi", 0, "Transport unknown", "transport_unknown")]
    [InlineData("EIO-S-002", "EIO=4&transport=constructor", 0, "Transport unknown", "transport_unknown")]
    [InlineData("EIO-S-009", "EIO=4&transport=__proto__", 0, "Transport unknown", "transport_unknown")]
    [InlineData("EIO-E-08", "", 0, "Transport unknown", "transport_unknown")]
    [InlineData("transport twice", "EIO=4&transport=polling&transport=polling", 0, "Transport unknown", "transport_unknown")]
    [InlineData("EIO-S-003", "EIO=4&transport=polling&sid=test", 1, "Session ID unknown", "session_unknown")]
    [InlineData("sid of the runtime", "EIO=4&transport=polling&sid=__proto__", 1, "Session ID unknown", "session_unknown")]
    [InlineData("sid twice", "EIO=4&transport=polling&sid=a&sid=b", 1, "Session ID unknown", "session_unknown")]
    [InlineData("EIO-S-037", "EIO=4&transport=websocket", 3, "Bad request", "transport_handshake_error")]
    [InlineData("EIO-S-040", "EIO=3&transport=polling", 5, "Unsupported protocol version", "unsupported_protocol_version")]
    [InlineData("EIO missing", "transport=polling", 5, "Unsupported protocol version", "unsupported_protocol_version")]
    [InlineData("EIO twice", "EIO=4&EIO=4&transport=polling", 5, "Unsupported protocol version", "unsupported_protocol_version")]
    public async Task A_bad_request_gets_its_code(string id, string query, int code, string message, string reason)
    {
        var errors = new ConcurrentQueue<ConnectionError>();
        await using var host = await EngineHost.StartAsync(options => options.OnConnectionError = errors.Enqueue);
        using var counter = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.connection_errors");

        var response = await host.GetAsync(query);

        Assert.Equal(HttpStatusCode.BadRequest, response.Status);
        Assert.Equal($$"""{"code":{{code}},"message":"{{message}}"}""", response.Body);
        Assert.Equal("application/json", response.ContentHeaders.ContentType!.ToString());
        var error = Assert.Single(errors);
        Assert.Equal((code, message, reason), ((int)error.Code, error.Message, error.Reason));
        Assert.Equal(reason, Assert.Single(counter.GetMeasurementSnapshot()).Tags["reason"]);
        var line = Assert.Single(host.Lines(4));
        Assert.Equal((LogLevel.Warning, reason), (line.Level, line.GetStructuredStateValue("Reason")));
        Assert.True(host.Server.Count == 0, id);
    }

    [Theory]
    [InlineData("EIO-S-010", "EIO=4&transport=__proto__", "transport_unknown")]
    [InlineData("EIO-S-056", "", "transport_unknown")]
    [InlineData("unknown sid", "EIO=4&transport=websocket&sid=test", "session_unknown")]
    [InlineData("transport of another kind", "EIO=4&transport=polling", "transport_handshake_error")]
    [InlineData("old revision", "EIO=3&transport=websocket", "unsupported_protocol_version")]
    public async Task A_bad_upgrade_is_400_and_the_server_lives(string id, string query, string reason)
    {
        var errors = new ConcurrentQueue<ConnectionError>();
        await using var host = await EngineHost.StartAsync(options => options.OnConnectionError = errors.Enqueue);
        await using var tcp = await host.Kestrel.TcpAsync();

        var head = await tcp.UpgradeAsync($"{EngineHost.Path}?{query}");

        Assert.StartsWith("HTTP/1.1 400 ", head);
        Assert.Contains("Connection: close\r\n", head);
        Assert.Contains("Content-Type: text/html\r\n", head);
        Assert.Equal(Assert.Single(errors).Message, System.Text.Encoding.UTF8.GetString(await tcp.ReadToEndAsync()));
        Assert.Equal(reason, errors.Single().Reason);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync(EngineHost.PollingQuery)).Status);
        Assert.NotEmpty(id);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task EIO_S_039_a_session_is_opened_by_GET_only(string method)
    {
        // The context is the request's own, and lives no longer than it.
        var errors = new ConcurrentQueue<(string Method, string Reason)>();
        await using var host = await EngineHost.StartAsync(options => options.OnConnectionError = error => errors.Enqueue((error.Context.Request.Method, error.Reason)));
        var response = await host.Polling().SendAsync(new HttpMethod(method), EngineHost.PollingQuery);
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":2,"message":"Bad handshake method"}"""), (response.Status, response.Body));
        Assert.Equal((method, "bad_handshake_method"), Assert.Single(errors));
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_session_knows_GET_and_POST_only(string method)
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, _) = await host.OpenAsync("polling");
        var response = await client.Polling.SendAsync(new HttpMethod(method), client.Polling.Query);
        Assert.Equal((HttpStatusCode.InternalServerError, ""), (response.Status, response.Body));
        await client.SendAsync("still here");
        Assert.Equal("4still here", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_S_004_a_request_that_the_application_refuses_gets_its_text()
    {
        var errors = new ConcurrentQueue<ConnectionError>();
        await using var host = await EngineHost.StartAsync(options =>
        {
            options.AllowRequest = _ => ValueTask.FromResult<string?>("Thou shall not pass");
            options.OnConnectionError = errors.Enqueue;
        });

        var response = await host.GetAsync(EngineHost.PollingQuery);

        Assert.Equal((HttpStatusCode.Forbidden, """{"code":4,"message":"Thou shall not pass"}"""), (response.Status, response.Body));
        var error = Assert.Single(errors);
        Assert.Equal(("Forbidden", "Thou shall not pass"), (error.Message, error.ClientMessage));
    }

    [Fact]
    public async Task EIO_S_005_a_refused_websocket_is_400_with_the_text_and_opens_nothing()
    {
        await using var host = await EngineHost.StartAsync(options => options.AllowRequest = _ => ValueTask.FromResult<string?>("Thou shall not pass"));
        await using var tcp = await host.Kestrel.TcpAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}"));
        Assert.Equal("Thou shall not pass", System.Text.Encoding.UTF8.GetString(await tcp.ReadToEndAsync()));
        Assert.Equal(0, host.Handler.Opens);
    }

    [Fact]
    public async Task EIO_S_034_plain_http_for_a_websocket_leaves_the_polling_session_alone()
    {
        await using var host = await EngineHost.StartAsync(handler: new RecordingHandler { Echoes = true });
        var (client, _) = await host.OpenAsync("polling");
        var response = await host.GetAsync($"{EngineHost.WebSocketQuery}&sid={client.Sid}");
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":3,"message":"Bad request"}"""), (response.Status, response.Body));
        await client.SendAsync("on");
        Assert.Equal("4on", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_request_of_a_session_must_repeat_its_revision()
    {
        var errors = new ConcurrentQueue<ConnectionError>();
        await using var host = await EngineHost.StartAsync(options => options.OnConnectionError = errors.Enqueue, new RecordingHandler { Echoes = true });
        var (client, _) = await host.OpenAsync("polling");
        Assert.Equal(HttpStatusCode.BadRequest, (await host.GetAsync($"EIO=3&transport=polling&sid={client.Sid}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync($"transport=websocket&sid={client.Sid}"));
        Assert.Equal(["protocol_mismatch", "protocol_mismatch"], errors.Select(error => error.Reason));
        await client.SendAsync("on");
        Assert.Equal("4on", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task EIO_S_038_an_origin_with_a_character_that_no_header_has_is_refused()
    {
        var errors = new ConcurrentQueue<ConnectionError>();
        await using var host = await EngineHost.StartAsync(options => options.OnConnectionError = errors.Enqueue);
        await using var tcp = await host.Kestrel.TcpAsync();
        // Kestrel itself refuses control characters; what it lets through as UTF-8 is for us to refuse.
        await tcp.SendRequestAsync($"GET {EngineHost.Path}?{EngineHost.PollingQuery}", "Connection: close", "Origin: http://\u20AC.example");
        Assert.StartsWith("HTTP/1.1 400 ", await tcp.ReadHeadAsync());
        Assert.Contains("\"code\":3", System.Text.Encoding.UTF8.GetString(await tcp.ReadToEndAsync()));
        Assert.Equal("invalid_origin", Assert.Single(errors).Reason);
    }

    [Fact]
    public async Task An_empty_session_id_is_none_as_in_the_official_server()
    {
        await using var host = await EngineHost.StartAsync();
        Assert.StartsWith("0{", (await host.GetAsync($"{EngineHost.PollingQuery}&sid=")).Body);
    }

    [Fact]
    public async Task A_transport_that_is_switched_off_is_unknown()
    {
        await using var polling = await EngineHost.StartAsync(options => options.Transports = EngineTransports.Polling);
        Assert.Equal(HttpStatusCode.BadRequest, await polling.RefusedWebSocketAsync(EngineHost.WebSocketQuery));
        await using var socket = await EngineHost.StartAsync(options => options.Transports = EngineTransports.WebSocket);
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", (await socket.GetAsync(EngineHost.PollingQuery)).Body);
    }

    [Fact]
    public async Task EIO_S_066_a_client_that_begins_with_polling_is_refused_where_there_is_none()
    {
        await using var host = await EngineHost.StartAsync(options => options.Transports = EngineTransports.WebSocket);
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":0,"message":"Transport unknown"}"""), (await host.GetAsync(EngineHost.PollingQuery)) is var response ? (response.Status, response.Body) : default);
        Assert.Equal(0, host.Handler.Opens);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Key: c2hvcnQ=", "Sec-WebSocket-Version: 13", "Missing or invalid Sec-WebSocket-Key header")]
    [InlineData("X-Nothing: here", "Sec-WebSocket-Version: 13", "Missing or invalid Sec-WebSocket-Key header")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 8", "Missing or invalid Sec-WebSocket-Version header")]
    public async Task A_bad_websocket_handshake_says_what_is_wrong(string key, string version, string message)
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendRequestAsync($"GET {EngineHost.Path}?{EngineHost.WebSocketQuery}", "Connection: Upgrade", "Upgrade: websocket", key, version);
        var head = await tcp.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 400 ", head);
        Assert.Contains("Sec-WebSocket-Version: 13\r\n", head);
        Assert.Equal(message, System.Text.Encoding.UTF8.GetString(await tcp.ReadToEndAsync()));
        Assert.Equal(0, host.Server.Count);
    }

    [Theory]
    [InlineData("Host:")]
    [InlineData("Host: a_b")]
    [InlineData("Host: [::1]:80")]
    public async Task A_websocket_of_a_page_is_judged_whatever_its_Host_header_is(string hostHeader)
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.SendAsync(
            $"GET {EngineHost.Path}?{EngineHost.WebSocketQuery} HTTP/1.1\r\n{hostHeader}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://evil.example\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", await tcp.ReadHeadAsync());
        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), record => record.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_flood_of_unknown_session_ids_throws_nothing()
    {
        await using var host = await EngineHost.StartAsync();
        var odd = new[] { "", "%00", "%0d%0a", new string('a', 4000), "..%2f..", "%F0%9F%98%80", "%FF", "{}", "'--", "__proto__" };
        foreach (var sid in odd.Skip(1).Concat(Enumerable.Range(0, 200).Select(i => $"id{i}")))
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await host.GetAsync($"{EngineHost.PollingQuery}&sid={sid}")).Status);
        }

        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), record => record.Level >= LogLevel.Error);
        Assert.Equal(0, host.Server.Count);
    }
}
