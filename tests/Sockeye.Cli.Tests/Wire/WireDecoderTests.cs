using System.IO.Compression;
using System.Text;
using Sockeye.Protocol.WebSockets;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Wire;

/// <summary>From the bytes of a connection to its events.</summary>
public sealed class WireDecoderTests
{
    private const string Open = """0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Polling_is_requests_payloads_packets_and_events(int pieces)
    {
        var conversation = new Conversation(pieces)
            .Client("GET /socket.io/?EIO=4&transport=polling&t=1 HTTP/1.1\r\nHost: example\r\n\r\n")
            .Server($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Open.Length}\r\n\r\n{Open}")
            .Client("POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nHost: example\r\nContent-Length: 2\r\n\r\n40")
            .Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .Client("GET /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nHost: example\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n40{\"sid\":\"s1\"}\u001e42\r\n15\r\n[\"hello\",{\"a\":1},\"x\"]\r\n0\r\n\r\n");

        Assert.Equal(
            [
                "→ request GET /socket.io/?EIO=4&transport=polling&t=1",
                $"← response HTTP/1.1 200 OK, {Open.Length} bytes",
                "→ request POST /socket.io/?EIO=4&transport=polling&sid=abc",
                "← response HTTP/1.1 200 OK, 2 bytes",
                "→ request GET /socket.io/?EIO=4&transport=polling&sid=abc",
                "← response HTTP/1.1 200 OK, 38 bytes",
            ],
            conversation.Lines(WireLayer.Http));
        Assert.Equal(
            ["← open sid abc, ping every 25 s", "→ message 1 byte", "← message 13 bytes", "← message 22 bytes"],
            conversation.Lines(WireLayer.EngineIO));
        Assert.Equal(["→ CONNECT", "← CONNECT {\"sid\":\"s1\"}", "← EVENT hello({\"a\":1}, \"x\")"], conversation.Lines(WireLayer.SocketIO));
        Assert.Equal(["abc"], conversation.Connection.Sessions);
        Assert.DoesNotContain(conversation.Connection.Records, record => record.Error is not null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_WebSocket_is_a_handshake_frames_packets_and_events(int pieces)
    {
        var conversation = new Conversation(pieces).Upgrade()
            .ServerFrame(Open)
            .ClientFrame("40/chat,{\"token\":1}")
            .ServerFrame("40/chat,{\"sid\":\"s1\"}")
            .ClientFrame("42/chat,7[\"add\",1,2]")
            .ServerFrame("43/chat,7[3]")
            .ServerFrame("2").ClientFrame("3")
            .ServerFrame("41/chat,")
            .ServerFrame(WebSocketOpcode.Close, [0x03, 0xE8]);

        Assert.Equal(["→ upgrade request GET /socket.io/?EIO=4&transport=websocket", "← upgrade response HTTP/1.1 101 Switching Protocols"], conversation.Lines(WireLayer.Http));
        Assert.Equal(9, conversation.Of(WireLayer.WebSocket).Count());
        Assert.Equal(
            ["→ CONNECT /chat {\"token\":1}", "← CONNECT /chat {\"sid\":\"s1\"}", "→ EVENT /chat add(1, 2), wants ack 7", "← ACK /chat 7 (3)", "← DISCONNECT /chat"],
            conversation.Lines(WireLayer.SocketIO));
        Assert.Equal(["← ping heartbeat", "→ pong heartbeat"], conversation.Lines(WireLayer.EngineIO).Where(line => line.Contains("heartbeat", StringComparison.Ordinal)));
        Assert.DoesNotContain(conversation.Connection.Records, record => record.Error is not null);
    }

    [Fact]
    public void An_event_can_be_followed_down_to_what_carried_its_bytes()
    {
        var conversation = new Conversation(pieces: 4).Upgrade().ClientFrame("42[\"hello\"]");
        var @event = Assert.Single(conversation.Of(WireLayer.SocketIO));
        var packet = Assert.Single(conversation.Of(WireLayer.EngineIO));
        var frame = Assert.Single(conversation.Of(WireLayer.WebSocket));

        Assert.Equal([packet.Id], @event.CarriedBy);
        Assert.Equal([frame.Id], packet.CarriedBy);
        Assert.Equal("42[\"hello\"]", Encoding.UTF8.GetString(packet.Bytes.Span));
        Assert.Equal("2[\"hello\"]", Encoding.UTF8.GetString(@event.Bytes.Span));
        Assert.Equal([0x81, 0x80 | 11, 0x12, 0x34, 0x56, 0x78], frame.Bytes[..6].ToArray());
        // 17 bytes in pieces of 4 begin anew: five segments.
        Assert.Equal(5, frame.CarriedBy.Count);
        Assert.Contains(frame.Fields, field => field is { Name: "masking key", Value: "12345678", Reference: "RFC 6455 §5.3" });
    }

    [Fact]
    public void A_binary_event_finds_its_attachments_on_another_connection_of_its_session()
    {
        const string header = """451-["file",{"_placeholder":true,"num":0}]""";
        const string attachment = "bAQID";
        var sessions = new WireSessions();
        var first = new Conversation(sessions: sessions).Client($"POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nContent-Length: {header.Length}\r\n\r\n{header}");
        var second = new Conversation(sessions: sessions).Client($"POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nContent-Length: {attachment.Length}\r\n\r\n{attachment}");
        Assert.Empty(first.Of(WireLayer.SocketIO));
        Assert.Equal(["→ BINARY_EVENT file(<3 bytes: 01 02 03>)"], second.Lines(WireLayer.SocketIO));
    }

    [Fact]
    public void A_binary_event_is_its_packet_and_the_attachments()
    {
        var conversation = new Conversation().Upgrade()
            .ClientFrame("451-[\"file\",{\"_placeholder\":true,\"num\":0}]")
            .ClientFrame(WebSocketOpcode.Binary, [1, 2, 3]);
        Assert.Equal(["→ BINARY_EVENT file(<3 bytes: 01 02 03>)"], conversation.Lines(WireLayer.SocketIO));
        Assert.Equal(2, Assert.Single(conversation.Of(WireLayer.SocketIO)).CarriedBy.Count);
    }

    [Fact]
    public void A_fragmented_message_is_carried_by_all_its_frames()
    {
        var conversation = new Conversation().Upgrade()
            .ClientFrame(WebSocketOpcode.Text, "42[\"a"u8, final: false)
            .ClientFrame(WebSocketOpcode.Ping, "x"u8)
            .ClientFrame(WebSocketOpcode.Continuation, "bc\"]"u8);
        Assert.Equal(["→ EVENT abc()"], conversation.Lines(WireLayer.SocketIO));
        Assert.Equal(2, Assert.Single(conversation.Of(WireLayer.EngineIO)).CarriedBy.Count);
    }

    [Fact]
    public void A_compressed_message_is_inflated_with_what_came_before_it()
    {
        // "Hello" twice, the second time out of the window: RFC 7692 §7.2.3.2.
        var conversation = new Conversation().Upgrade("/", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
            .ServerFrame(WebSocketOpcode.Text, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], compressed: true)
            .ServerFrame(WebSocketOpcode.Text, [0xf2, 0x00, 0x11, 0x00, 0x00], compressed: true);
        Assert.DoesNotContain(conversation.Connection.Records, record => record.Error is not null);

        var engine = new Conversation().Upgrade(extensions: "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n");
        engine.ServerFrame(WebSocketOpcode.Text, Deflated("42[\"hello\",\"hello hello hello\"]"), compressed: true);
        Assert.Equal(["← EVENT hello(\"hello hello hello\")"], engine.Lines(WireLayer.SocketIO));
    }

    [Fact]
    public void Compressed_bodies_are_inflated()
    {
        using var body = new MemoryStream();
        using (var gzip = new GZipStream(body, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Open));
        }

        var conversation = new Conversation()
            .Client("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n")
            .Server($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n")
            .Send(WireDirection.ToClient, body.ToArray());
        Assert.Equal(["← open sid abc, ping every 25 s"], conversation.Lines(WireLayer.EngineIO));
    }

    [Fact]
    public void Revision_3_is_understood_in_all_its_forms()
    {
        const string script = """___eio[0]("11:42[\"hello\"]");""";
        var conversation = new Conversation()
            .Client("GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\n\r\n")
            .Server($"HTTP/1.1 200 OK\r\nContent-Length: {Open.Length + 4}\r\n\r\n{Open.Length}:{Open}")
            .Client("GET /socket.io/?EIO=3&transport=polling&j=0&sid=abc HTTP/1.1\r\n\r\n")
            .Server($"HTTP/1.1 200 OK\r\nContent-Length: {script.Length}\r\n\r\n{script}");
        Assert.Equal(["← open sid abc, ping every 25 s", "← message 10 bytes"], conversation.Lines(WireLayer.EngineIO));
        Assert.Equal(["← EVENT hello()"], conversation.Lines(WireLayer.SocketIO));
    }

    [Fact]
    public void Errors_stand_at_the_layer_where_they_happen()
    {
        var http = new Conversation()
            .Client("GET /socket.io/?EIO=4&transport=polling&sid=old HTTP/1.1\r\n\r\n")
            .Server("HTTP/1.1 400 Bad Request\r\nContent-Length: 41\r\n\r\n{\"code\":1,\"message\":\"Session ID unknown\"}");
        Assert.Contains("Session ID unknown", Assert.Single(http.Of(WireLayer.Http), record => record.Error is not null).Error, StringComparison.Ordinal);

        var unmasked = new Conversation().Upgrade().Send(WireDirection.ToServer, [0x81, 0x01, (byte)'2']);
        Assert.Contains("masked", Assert.Single(unmasked.Of(WireLayer.WebSocket)).Error, StringComparison.Ordinal);

        var engine = new Conversation().Upgrade().ClientFrame("hello");
        Assert.NotNull(Assert.Single(engine.Of(WireLayer.EngineIO)).Error);

        var socket = new Conversation().Upgrade().ClientFrame("42{}");
        Assert.Contains("parse error", Assert.Single(socket.Of(WireLayer.SocketIO)).Error, StringComparison.Ordinal);

        var refused = new Conversation().Upgrade().ServerFrame("44{\"message\":\"Invalid namespace\"}");
        Assert.Contains("Invalid namespace", Assert.Single(refused.Of(WireLayer.SocketIO)).Error, StringComparison.Ordinal);

        var closed = new Conversation().Upgrade().End(WireDirection.ToClient);
        Assert.Contains("1006", Assert.Single(closed.Of(WireLayer.WebSocket)).Error, StringComparison.Ordinal);

        var large = new Conversation().Upgrade().ServerFrame(WebSocketOpcode.Close, [0x03, 0xF1]);
        Assert.Contains("1009", Assert.Single(large.Of(WireLayer.WebSocket)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_accept_is_seen()
    {
        var conversation = new Conversation()
            .Client("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            .Server("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n");
        Assert.Contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", Assert.Single(conversation.Of(WireLayer.Http), record => record.Error is not null).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_connection_seen_from_its_middle_is_understood_from_the_next_frame(int pieces)
    {
        var conversation = new Conversation(pieces).ClientFrame("42[\"hello\"]").ServerFrame("2").ServerFrame("42[\"x\"]");
        Assert.Equal(["→ EVENT hello()", "← EVENT x()"], conversation.Lines(WireLayer.SocketIO));
    }

    [Fact]
    public void After_a_gap_a_WebSocket_goes_on_with_the_next_frame()
    {
        var conversation = new Conversation().Upgrade().ClientFrame("451-[\"lost\",{\"_placeholder\":true,\"num\":0}]").Skip(WireDirection.ToServer, 100)
            .Client("the rest of a frame").ClientFrame("42[\"a\"]").ServerFrame("42[\"b\"]");
        Assert.Equal(["→ EVENT a()", "← EVENT b()"], conversation.Lines(WireLayer.SocketIO));
        Assert.Contains("100 bytes", Assert.Single(conversation.Connection.Records, record => record.Error is not null).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_gap_in_HTTP_the_other_direction_goes_on()
    {
        var conversation = new Conversation().Skip(WireDirection.ToClient, 100).Client("GET / HTTP/1.1\r\n\r\n");
        Assert.Equal("gap", conversation.Of(WireLayer.Http).First().Kind);
        Assert.Equal(["→ request GET /"], conversation.Lines(WireLayer.Http).Skip(1));
    }

    [Fact]
    public void Compression_that_refers_to_what_is_missing_is_an_error_and_not_nonsense()
    {
        var conversation = new Conversation().Upgrade(extensions: "Sec-WebSocket-Extensions: permessage-deflate\r\n").Skip(WireDirection.ToClient, 10).ServerFrame("42[\"b\"]", compressed: true).ServerFrame("42[\"c\"]");
        Assert.Equal(["← EVENT c()"], conversation.Lines(WireLayer.SocketIO));
        Assert.Contains(conversation.Connection.Records, record => record.Error?.Contains("refers to", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Key: short\r\n")]
    public void A_key_that_is_none_is_an_error_of_the_handshake(string key)
    {
        var conversation = new Conversation()
            .Client($"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n{key}\r\n")
            .Server("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n");
        Assert.Contains("Sec-WebSocket-Key is", Assert.Single(conversation.Of(WireLayer.Http), record => record.Error is not null).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_body_of_a_foreign_response_is_passed_over()
    {
        var conversation = new Conversation()
            .Client("GET / HTTP/1.1\r\n\r\nGET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            .Server($"HTTP/1.1 200 OK\r\nContent-Length: {Open.Length}\r\n\r\n{Open}");
        Assert.Equal(4, conversation.Of(WireLayer.Http).Count());
        Assert.Equal(["← open sid abc, ping every 25 s"], conversation.Lines(WireLayer.EngineIO));
    }

    [Fact]
    public void What_a_client_sends_before_the_answer_to_its_upgrade_is_read_after_it()
    {
        var conversation = new Conversation()
            .Client("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            .ClientFrame("42[\"early\"]")
            .Server("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        Assert.Equal(["→ EVENT early()"], conversation.Lines(WireLayer.SocketIO));
        Assert.DoesNotContain(conversation.Connection.Records, record => record.Error is not null);
    }

    [Fact]
    public void A_refused_upgrade_goes_on_with_requests()
    {
        var conversation = new Conversation()
            .Client("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\nGET /next HTTP/1.1\r\n\r\n")
            .Server("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(
            ["→ upgrade request GET /socket.io/?EIO=4&transport=websocket", "← response HTTP/1.1 403 Forbidden", "→ request GET /next", "← response HTTP/1.1 200 OK"],
            conversation.Lines(WireLayer.Http));
    }

    [Fact]
    public void A_message_is_told_once_also_when_it_ends_after_its_head()
    {
        var conversation = new Conversation()
            .Client("GET / HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            .End(WireDirection.ToClient);
        Assert.Equal(["← response HTTP/1.1 200 OK"], conversation.Lines(WireLayer.Http).Where(line => line[0] == '←'));
    }

    [Theory]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "3;name=value\r\nabc\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData("Content-Length: 3\r\n", "abc")]
    public void Bodies_end_where_RFC_9112_says(string fields, string body)
    {
        var conversation = new Conversation(pieces: 3)
            .Client("GET /a HTTP/1.1\r\n\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
            .Server($"HTTP/1.1 200 OK\r\n{fields}\r\n{body}HTTP/1.1 204 No Content\r\n\r\n");
        Assert.Equal(["← response HTTP/1.1 200 OK", "← response HTTP/1.1 204 No Content"], conversation.Lines(WireLayer.Http).Where(line => line[0] == '←'));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void A_body_that_is_not_compressed_as_it_says_is_shown_as_it_is(string encoding)
    {
        var conversation = new Conversation()
            .Client("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n")
            .Server($"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 6\r\n\r\nxyzzy!");
        Assert.NotNull(Assert.Single(conversation.Of(WireLayer.EngineIO)).Error);
    }

    [Fact]
    public void Requests_without_answers_are_given_up_before_they_are_mistaken()
    {
        var conversation = new Conversation().Client(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\n\r\n", 1002))).Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.DoesNotContain(conversation.Lines(WireLayer.Http), line => line[0] == '←');
        Assert.NotNull(conversation.Of(WireLayer.Http).Last().Error);
    }

    [Fact]
    public void What_is_too_long_is_said_to_be_and_nobody_is_blamed()
    {
        var frame = new Conversation(maxMessage: 1000).Upgrade().ServerFrame(new string('4', 1001));
        Assert.Contains("too long to be shown", Assert.Single(frame.Of(WireLayer.WebSocket)).Error, StringComparison.Ordinal);

        var message = new Conversation(maxMessage: 1000).Upgrade();
        for (var i = 0; i < 3; i++)
        {
            message.ClientFrame(i == 0 ? WebSocketOpcode.Text : WebSocketOpcode.Continuation, new byte[400], final: i == 2);
        }

        Assert.Contains("too long to be shown", message.Of(WireLayer.WebSocket).Last().Error, StringComparison.Ordinal);
        message.ClientFrame("42[\"after\"]");
        Assert.Equal(["→ EVENT after()"], message.Lines(WireLayer.SocketIO));

        var body = new Conversation(maxMessage: 1000).Client($"POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nContent-Length: 1001\r\n\r\n{new string('4', 1001)}");
        Assert.Contains("too long to be shown", Assert.Single(body.Of(WireLayer.Http)).Error, StringComparison.Ordinal);
        Assert.Empty(body.Of(WireLayer.EngineIO));
    }

    [Fact]
    public void A_message_in_very_many_pieces_names_those_that_began_it()
    {
        var conversation = new Conversation(pieces: 1).Upgrade().ClientFrame($"42[\"{new string('a', 3000)}\"]");
        Assert.Equal(1000, Assert.Single(conversation.Of(WireLayer.WebSocket)).CarriedBy.Count);
        Assert.Single(conversation.Of(WireLayer.SocketIO));
    }

    [Fact]
    public void No_bytes_throw()
    {
        var random = new Random(20260101);
        var good = new Conversation().Upgrade().ServerFrame(Open).ClientFrame("42[\"hello\",{\"a\":1}]").ServerFrame("2");
        Assert.NotEmpty(good.Of(WireLayer.SocketIO));
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            var conversation = new Conversation(random.Next(0, 9));
            switch (i % 5)
            {
                case 0:
                    conversation.Upgrade();
                    break;
                case 1:
                    conversation.Client("POST /?EIO=3&transport=polling HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 150\r\n\r\n");
                    break;
                case 2:
                    conversation.Client("POST /?EIO=4&transport=polling&j=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
                    break;
                case 3:
                    conversation.Upgrade(extensions: "Sec-WebSocket-Extensions: permessage-deflate\r\n");
                    bytes = [0xC1, 0x80 | 60, 1, 2, 3, 4, .. bytes];
                    break;
            }

            conversation.Send(WireDirection.ToServer, bytes).Send(WireDirection.ToClient, bytes).End(WireDirection.ToServer).End(WireDirection.ToClient);
        }
    }

    private static byte[] Deflated(string text)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(Encoding.UTF8.GetBytes(text));
            deflate.Flush();
            return output.ToArray()[..^4];
        }
    }
}
