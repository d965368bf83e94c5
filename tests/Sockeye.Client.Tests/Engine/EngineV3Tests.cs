using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>What Engine.IO 3 looks like on the wire.</summary>
public sealed class EngineV3Tests
{
    private const string OpenPacket = """0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":5000}""";

    [Fact]
    public async Task Polling_is_text_with_lengths_in_both_directions()
    {
        var engine = new ScriptedEngine { Open = $"{OpenPacket.Length}:{OpenPacket}" };
        await using var host = await EngineHost.ScriptedAsync(engine.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = Connect(host, handler, TransportType.Polling);
        socket.Open();
        await handler.ExpectAsync("open");
        Assert.Equal("abc", socket.Id);

        await engine.Polls.Writer.WriteAsync("0:7:4käse𝕊10:b4AQIDBA==2:4x", TestContext.Current.CancellationToken);
        Assert.Equal("käse𝕊", await handler.Messages.TakeAsync());
        Assert.Equal("binary:01020304", await handler.Messages.TakeAsync());
        Assert.Equal("x", await handler.Messages.TakeAsync());

        socket.Send(Encoding.UTF8.GetBytes("käse𝕊"), isBinary: false);
        Assert.Equal("7:4käse𝕊", await engine.Posts.TakeAsync());
        socket.Send(new byte[] { 1, 2, 3, 4 }, isBinary: true);
        Assert.Equal("10:b4AQIDBA==", await engine.Posts.TakeAsync());
        socket.Close();
        Assert.Equal("1:1", await engine.Posts.TakeAsync());

        var requests = host.Requests.TakePending();
        Assert.All(requests, request => Assert.Contains("EIO=3", request.QueryString, StringComparison.Ordinal));
        Assert.Contains("b64=1", requests[0].QueryString, StringComparison.Ordinal);
        Assert.DoesNotContain(requests.Skip(1), request => request.QueryString.Contains("b64", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_in_bytes_is_read_although_nobody_asked_for_it()
    {
        var answers = Channel.CreateUnbounded<byte[]>();
        byte[] open = [0, .. $"{OpenPacket.Length}".Select(digit => (byte)(digit - '0')), 0xFF, .. Encoding.UTF8.GetBytes(OpenPacket)];
        await answers.Writer.WriteAsync([.. open, 1, 4, 0xFF, 4, 1, 2, 3, 0, 3, 0xFF, (byte)'4', (byte)'h', (byte)'i'], TestContext.Current.CancellationToken);
        await using var host = await EngineHost.ScriptedAsync(async context =>
        {
            context.Response.ContentType = "application/octet-stream";
            await context.Response.Body.WriteAsync(context.Request.Method == "GET" ? await answers.Reader.ReadAsync(context.RequestAborted) : "ok"u8.ToArray(), context.RequestAborted);
        });
        var handler = new RecordingHandler();
        await using var socket = Connect(host, handler, TransportType.Polling);
        socket.Open();
        Assert.Equal("binary:010203", await handler.Messages.TakeAsync());
        Assert.Equal("hi", await handler.Messages.TakeAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("4hello")]
    [InlineData("7:4hello")]
    [InlineData("99999999999:4hello")]
    [InlineData("6:9hello")]
    [InlineData("4:b4A!")]
    public async Task What_is_no_payload_ends_the_connection(string payload)
    {
        var engine = new ScriptedEngine { Open = $"{OpenPacket.Length}:{OpenPacket}" };
        await using var host = await EngineHost.ScriptedAsync(engine.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = Connect(host, handler, TransportType.Polling);
        socket.Open();
        await handler.ExpectAsync("open");
        await engine.Polls.Writer.WriteAsync(payload, TestContext.Current.CancellationToken);
        var (reason, details) = await handler.End;
        Assert.Equal((EngineCloseReason.TransportError, "server error"), (reason, details!.Description));
        Assert.Contains("Engine.IO 3", details.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_WebSocket_message_of_bytes_has_its_type_in_front(bool base64)
    {
        var received = new Inbox<string>();
        var engine = new ScriptedEngine
        {
            WebSocket = async (socket, cancellation) =>
            {
                await ScriptedEngine.SendAsync(socket, OpenPacket);
                await socket.SendAsync(new byte[] { 4, 9, 8 }, System.Net.WebSockets.WebSocketMessageType.Binary, true, cancellation);
                await ScriptedEngine.SendAsync(socket, "b4AQIDBA==");
                await ScriptedEngine.SendAsync(socket, "4käse");
                var buffer = new byte[100];
                for (var i = 0; i < 2; i++)
                {
                    var result = await socket.ReceiveAsync(buffer, cancellation);
                    received.Add($"{result.MessageType} {Convert.ToHexStringLower(buffer.AsSpan(0, result.Count))}");
                }

                // No packet: bytes without a type.
                await socket.SendAsync(new byte[] { 7 }, System.Net.WebSockets.WebSocketMessageType.Binary, true, cancellation);
                await ScriptedEngine.DrainAsync(socket, cancellation);
            },
        };
        await using var host = await EngineHost.ScriptedAsync(engine.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = Connect(host, handler, TransportType.WebSocket, options => options.ForceBase64 = base64);
        socket.Open();
        Assert.Equal("binary:0908", await handler.Messages.TakeAsync());
        Assert.Equal("binary:01020304", await handler.Messages.TakeAsync());
        Assert.Equal("käse", await handler.Messages.TakeAsync());

        socket.Send(new byte[] { 1, 2, 3, 4 }, isBinary: true);
        socket.Send("hi"u8.ToArray(), isBinary: false);
        Assert.Equal(base64 ? $"Text {Convert.ToHexStringLower("b4AQIDBA=="u8)}" : "Binary 0401020304", await received.TakeAsync());
        Assert.Equal($"Text {Convert.ToHexStringLower("4hi"u8)}", await received.TakeAsync());
        Assert.Equal("server error", (await handler.End).Details!.Description);
        Assert.Equal(base64, (await host.Requests.TakeAsync()).QueryString.Contains("b64=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_client_pings_after_the_interval_and_gives_up_after_the_timeout()
    {
        var clock = new FakeTimeProvider();
        var engine = new ScriptedEngine { Open = $"{OpenPacket.Length}:{OpenPacket}" };
        await using var host = await EngineHost.ScriptedAsync(engine.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = Connect(host, handler, TransportType.Polling, options => options.TimeProvider = clock);
        socket.Open();
        await handler.ExpectAsync("open");
        for (var round = 0; round < 2; round++)
        {
            clock.Advance(TimeSpan.FromSeconds(25));
            Assert.Equal("1:2", await engine.Posts.TakeAsync());
            await engine.Polls.Writer.WriteAsync("1:3", TestContext.Current.CancellationToken);
            await handler.ExpectAsync("ping");
            Assert.False(socket.HasPingExpired());
        }

        clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("1:2", await engine.Posts.TakeAsync());
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(EngineCloseReason.PingTimeout, (await handler.End).Reason);
        Assert.True(socket.HasPingExpired());

        Assert.Equal("1:1", await engine.Posts.TakeAsync());
        await socket.Closed.Within();
    }

    [Fact]
    public async Task A_ping_leaves_also_when_the_POST_of_the_one_before_ends_after_its_pong()
    {
        var clock = new FakeTimeProvider();
        var answer = new TaskCompletionSource();
        var engine = new ScriptedEngine { Open = $"{OpenPacket.Length}:{OpenPacket}", BeforePostAnswer = () => answer.Task };
        await using var host = await EngineHost.ScriptedAsync(engine.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = Connect(host, handler, TransportType.Polling, options => options.TimeProvider = clock);
        socket.Open();
        await handler.ExpectAsync("open");
        clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("1:2", await engine.Posts.TakeAsync());
        await engine.Polls.Writer.WriteAsync("1:3", TestContext.Current.CancellationToken);
        await handler.ExpectAsync("ping");
        clock.Advance(TimeSpan.FromSeconds(25));
        answer.SetResult();
        Assert.Equal("1:2", await engine.Posts.TakeAsync());
    }

    private static EngineSocket Connect(EngineHost host, RecordingHandler handler, TransportType transport, Action<EngineSocketOptions>? configure = null) => host.Connect(handler, options =>
    {
        (options.EngineIOVersion, options.Transports) = (EngineIOVersion.V3, [transport]);
        configure?.Invoke(options);
    });
}
