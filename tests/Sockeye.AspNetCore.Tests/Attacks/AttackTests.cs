using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Attacks;

/// <summary>
/// Each attack at a live server, beside well-behaved people: it gets its protocol's answer, they notice nothing, and when all is over no session and no timer is left.
/// </summary>
public sealed partial class AttackTests
{
    private const int MaxPayload = 100_000;

    private static readonly Dictionary<string, Func<KestrelServer, Task>> Attacks = new()
    {
        ["huge POST, announced"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            var response = await polling.PostAsync(new string('4', MaxPayload + 1));
            Assert.Equal((HttpStatusCode.RequestEntityTooLarge, ""), (response.Status, response.Body));
            await polling.PostAsync("1");
        },
        ["huge POST, in chunks"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            using var body = new StreamContent(new EndlessStream(50 * MaxPayload));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await polling.PostAsync(body)).Status);
            await polling.PostAsync("1");
        },
        ["huge frame"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            // 1 GiB is announced; the server must not wait for it.
            await tcp.SendAsync(new byte[] { 0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0 });
            await tcp.ExpectCloseAsync(1009);
        },
        ["message of too many bytes in fragments"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendFrameAsync(0x02, new byte[MaxPayload / 2]);
            await tcp.SendFrameAsync(0x00, new byte[MaxPayload / 2]);
            await tcp.SendFrameAsync(0x80, [1]);
            await tcp.ExpectCloseAsync(1009);
        },
        ["many tiny fragments"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            var fragments = new List<byte> { 0x02, 0x80, 0, 0, 0, 0 };
            for (var i = 0; i < 16_384; i++)
            {
                fragments.AddRange([0x00, 0x80, 0, 0, 0, 0]);
            }

            await tcp.SendAsync(fragments.ToArray());
            await tcp.ExpectCloseAsync(1008);
        },
        ["many packets in a payload"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            await polling.SendPacketsAsync([.. Enumerable.Repeat("6", 16_385)]);
            await polling.ExpectUnknownAsync();
        },
        ["binary packet that never completes"] = async server =>
        {
            await using var socket = await server.JoinedWebSocketAsync();
            await socket.SendTextAsync("452-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
            await socket.SendBinaryAsync(1);
            await socket.WaitForCloseAsync();
        },
        ["zero attachments"] = server => server.ExpectRefusalAsync("450-[\"x\"]"),
        ["eleven attachments"] = server => server.ExpectRefusalAsync("4511-[\"x\"]"),
        ["attachments without an end"] = server => server.ExpectRefusalAsync("4599999999999999999999"),
        ["text between attachments"] = server => server.ExpectRefusalAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0}]", "42[\"y\"]"),
        ["placeholder out of range"] = server => server.ExpectRefusalAsync("451-[\"x\",{\"_placeholder\":true,\"num\":1}]"),
        ["placeholder used twice"] = server => server.ExpectRefusalAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]"),
        ["attachments larger than a message"] = async server =>
        {
            await using var socket = await server.JoinedWebSocketAsync();
            await socket.SendTextAsync("452-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
            await socket.SendBinaryAsync(new byte[MaxPayload]);
            await socket.SendBinaryAsync(new byte[MaxPayload]);
            await socket.WaitForCloseAsync();
        },
        ["deep nesting"] = server => server.ExpectRefusalAsync("42[\"x\"," + new string('[', 64) + new string(']', 64) + "]"),
        ["very deep nesting, never closed"] = server => server.ExpectRefusalAsync("42[\"x\"," + new string('[', MaxPayload - 100)),
        ["very long ack id"] = server => server.ExpectRefusalAsync("42" + new string('9', 1_000) + "[\"x\"]"),
        ["very long namespace"] = server => server.ExpectRefusalAsync("40/" + new string('n', 1_000) + ","),
        ["very long event name"] = server => server.ExpectRefusalAsync("42[\"" + new string('e', 1_000) + "\"]"),
        ["reserved event name"] = server => server.ExpectRefusalAsync("42[\"disconnect\"]"),
        ["event name that is no name"] = server => server.ExpectRefusalAsync("42[{\"toString\":\"foo\"}]"),
        ["unknown packet type"] = server => server.ExpectRefusalAsync("49"),
        ["second CONNECT"] = server => server.ExpectRefusalAsync("40"),
        ["event for a namespace that is not joined"] = server => server.ExpectRefusalAsync("42/other,[\"x\"]"),
        ["CONNECT_ERROR from a client"] = server => server.ExpectRefusalAsync("44{\"message\":\"x\"}"),
        ["event before CONNECT"] = async server =>
        {
            var polling = server.Polling();
            await polling.OpenAsync();
            await polling.SendPacketsAsync("42[\"x\"]");
            await polling.ExpectEndAsync("6\u001e1");
        },
        ["binary before CONNECT"] = async server =>
        {
            await using var socket = await server.WebSocketAsync();
            await socket.ReceiveHandshakeAsync();
            await socket.SendBinaryAsync(new byte[1_000]);
            await socket.WaitForCloseAsync();
            await using var second = await server.WebSocketAsync();
            await second.ReceiveHandshakeAsync();
            await second.SendTextAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0}]");
            await second.WaitForCloseAsync();
        },
        ["text that is not UTF-8, WebSocket"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendFrameAsync(0x81, [(byte)'4', 0xC3, 0x28]);
            await tcp.ExpectCloseAsync(1007);
        },
        ["text that is not UTF-8, polling"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            await polling.PostAsync(new ByteArrayContent([(byte)'4', 0xC3, 0x28]) { Headers = { ContentType = new("text/plain") } });
            await polling.ExpectUnknownAsync();
        },
        ["no mask"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendFrameAsync(0x81, "3"u8, masked: false);
            await tcp.ExpectCloseAsync(1002);
        },
        ["reserved bits"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendFrameAsync(0xC1, "3"u8);
            await tcp.ExpectCloseAsync(1002);
        },
        ["WebSocket pings without end, nothing read"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            var pings = Enumerable.Range(0, 5_000).SelectMany(_ => (byte[])[0x89, 0x84, 0, 0, 0, 0, 1, 2, 3, 4]).ToArray();
            await tcp.SendAsync(pings);
            tcp.Reset();
        },
        ["garbage instead of frames"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendAsync("GET / HTTP/1.1\r\n\r\n");
            await tcp.ExpectCloseAsync(1002);
        },
        ["connection reset in the middle of a frame"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendAsync(new byte[] { 0x81, 0xFE, 0x10, 0x00, 1, 2, 3, 4, 5, 6 });
            tcp.Reset();
        },
        ["unknown and odd session ids"] = async server =>
        {
            foreach (var sid in (string[])["__proto__", "constructor", "x", "%00", "..%2F..", new string('a', 5_000), "%F0%9F%90%9F", "a&sid=b"])
            {
                var response = await server.Polling().SendAsync(HttpMethod.Get, $"EIO=4&transport=polling&sid={sid}");
                Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), (response.Status, response.Body));
                var refused = await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={sid}"));
                Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            }
        },
        ["odd queries"] = async server =>
        {
            foreach (var query in (string[])["", "EIO=4", "transport=polling", "EIO=4&transport=__proto__", "EIO=4&transport=polling&transport=websocket", "EIO[]=4&transport=polling", "EIO=4&transport=%E0%A4%A", "&&&===&"])
            {
                Assert.Equal(HttpStatusCode.BadRequest, (await server.Polling().SendAsync(HttpMethod.Get, query)).Status);
            }
        },
        ["another revision on the upgrade"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            var refused = await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query: $"EIO=3&transport=websocket&sid={polling.Sid}"));
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            await polling.PostAsync("1");
        },
        ["second poll"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            var answers = await Task.WhenAll(polling.PollAsync(), polling.PollAsync());
            Assert.Equal(["", "1"], answers.Select(answer => answer.Body).Order());
            await polling.ExpectUnknownAsync();
        },
        ["second upgrade"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            await using var first = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={polling.Sid}");
            await first.SendTextAsync("2probe");
            Assert.Equal("3probe", await first.ReceiveTextAsync());
            await using var second = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={polling.Sid}");
            await second.WaitForCloseAsync();
            await first.SendTextAsync("5");
            await first.SendTextAsync("421[\"say\",9,9]");
            Assert.StartsWith("431[", await first.ReceiveTextAsync());
        },
        ["packets on a transport that is only being tried"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            await using var candidate = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={polling.Sid}");
            await candidate.SendTextAsync("42[\"say\",9,9]");
            await candidate.WaitForCloseAsync();
            await polling.PostAsync("1");
        },
        ["abandoned handshakes"] = server => Parallel.ForAsync(0, 100, async (i, _) =>
        {
            if (i % 2 == 0)
            {
                await server.Polling().OpenAsync();
            }
            else
            {
                await using var tcp = await server.UpgradedTcpAsync();
            }
        }),
        ["abandoned upgrades"] = async server =>
        {
            for (var i = 0; i < 10; i++)
            {
                var polling = await server.JoinedPollingAsync();
                await using var candidate = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={polling.Sid}");
                await candidate.SendTextAsync("2probe");
            }
        },
        ["namespaces without end"] = async server =>
        {
            await using var socket = await server.JoinedWebSocketAsync();
            for (var i = 0; i < 300; i++)
            {
                await socket.SendTextAsync($"40/room-{i},");
            }

            var refused = 0;
            for (var i = 0; i < 300; i++)
            {
                refused += (await socket.ReceiveTextAsync()).StartsWith("44", StringComparison.Ordinal) ? 1 : 0;
            }

            Assert.Equal(300 - 99, refused);
        },
        ["slow POST"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            await using var tcp = await server.TcpAsync();
            await tcp.SendRequestAsync($"POST /socket.io/?{polling.Query}", "Content-Type: text/plain", "Content-Length: 1000");
            await tcp.SendAsync("4");
            // No pong either: the session ends by ping timeout, and the request with it.
            await tcp.ReadToEndAsync();
            await polling.ExpectUnknownAsync();
        },
        ["POST with a content type of old"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            var response = await polling.PostAsync(new ByteArrayContent([4]) { Headers = { ContentType = new("application/octet-stream") } });
            Assert.Equal((HttpStatusCode.BadRequest, ""), (response.Status, response.Body));
            await polling.ExpectUnknownAsync();
        },
        ["two POSTs at once"] = async server =>
        {
            var polling = await server.JoinedPollingAsync();
            await using var tcp = await server.TcpAsync();
            await tcp.SendRequestAsync($"POST /socket.io/?{polling.Query}", "Content-Type: text/plain", "Content-Length: 10", "Expect: 100-continue");
            await tcp.ReadHeadAsync();
            Assert.Equal(HttpStatusCode.BadRequest, (await polling.PostAsync("3")).Status);
            await polling.ExpectUnknownAsync();
        },
        ["events faster than their handler"] = async server =>
        {
            await using var socket = await server.JoinedWebSocketAsync();
            for (var i = 0; i < 2_000; i++)
            {
                await socket.SendTextAsync("42[\"slow\"]");
            }
        },
        ["events that no handler wants"] = async server =>
        {
            await using var socket = await server.JoinedWebSocketAsync();
            for (var i = 0; i < 500; i++)
            {
                await socket.SendTextAsync($"42[\"unknown-{i}\",{i}]");
            }
        },
        ["events that make the handler throw"] = async server =>
        {
            await using var socket = await server.JoinedWebSocketAsync();
            await socket.SendTextAsync("421[\"throw\"]");
            await socket.SendTextAsync("422[\"say\",\"not a number\",[]]");
            await socket.SendTextAsync("423[\"say\",9,7]");
            Assert.Equal("433[7]", await socket.ReceiveTextAsync());
        },
        ["a reader that stops reading"] = async server =>
        {
            await using var tcp = await server.UpgradedTcpAsync();
            await tcp.SendFrameAsync(0x81, "40"u8);
            try
            {
                for (var i = 0; i < 400; i++)
                {
                    await tcp.SendFrameAsync(0x81, Encoding.UTF8.GetBytes($"42[\"flood\",{MaxPayload / 2}]"));
                }
            }
            catch (SocketException)
            {
                // Cut off before it had asked for everything.
            }

            // 400 answers of 50 kB wait; the kernel takes a few megabytes, the queue has a budget, and then it is over.
            await SocketIOTestServer.UntilAsync(() => server.Logs.GetSnapshot().Any(record => record.Message.Contains("does not read", StringComparison.Ordinal)));
        },
    };

    public static TheoryData<string> Names => [.. Attacks.Keys, .. AttacksV3.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_attack_gets_its_answer_and_nobody_else_notices(string attack)
    {
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                foreach (var ns in (NamespaceOperations[])[io, io.Namespace("/chat")])
                {
                    ns.On("say", async (ServerSocket socket, int speaker, int number) =>
                    {
                        await socket.Broadcast.EmitAsync("said", speaker, number);
                        return number;
                    });
                }

                io.On("slow", async (ServerSocket socket) => await Task.Yield());
                io.On("throw", (ServerSocket socket) => { throw new InvalidOperationException("Thrown by the test."); });
                io.On("flood", async (ServerSocket socket, int bytes) => await socket.EmitAsync("flood", new string('f', bytes)));
                io.Namespace(new System.Text.RegularExpressions.Regex("^/room-[0-9]+$"));
            },
            options =>
            {
                options.AllowEIO3 = AttacksV3.ContainsKey(attack);
                options.MaxPayload = MaxPayload;
                options.MaxQueuedBytes = 1_000_000;
                options.PingInterval = TimeSpan.FromSeconds(1);
                options.PingTimeout = TimeSpan.FromSeconds(2);
                options.ConnectTimeout = TimeSpan.FromSeconds(2);
                options.UpgradeTimeout = TimeSpan.FromSeconds(1);
                options.CleanupEmptyChildNamespaces = true;
            });
        var engine = server.Io().Engine!;
        await using (var chat = await LiveChat.StartAsync(server))
        {
            await chat.GoOnAsync();
            await (Attacks.GetValueOrDefault(attack) ?? AttacksV3[attack])(server);
            await chat.GoOnAsync();

            // What the attacker left behind has ended, by its connection or by a deadline; the people are still there.
            await SocketIOTestServer.UntilAsync(() => engine.Count == chat.Count, "the attacker's sessions to end");
            await chat.EndAsync();
        }

        await SocketIOTestServer.UntilAsync(() => engine.Count == 0, "all sessions to end");
        await SocketIOTestServer.UntilAsync(() => engine.Wheel.Count == 0, "all timers to end");
        await SocketIOTestServer.UntilAsync(() => server.Io().Namespace("/").Sockets.Count == 0, "all sockets to end");
    }

    private sealed class EndlessStream(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Fill((byte)'4');
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
