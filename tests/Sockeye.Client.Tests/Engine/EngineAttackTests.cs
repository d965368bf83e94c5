using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>Servers that are broken or evil: each ends in one close or one upgrade error, and in nothing else.</summary>
public sealed class EngineAttackTests
{
    private static async Task<(EngineCloseReason Reason, EngineCloseDetails? Details)> EndOfAsync(EngineHost host, TransportType transport, Action<EngineSocketOptions>? configure = null)
    {
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options =>
        {
            options.Transports = [transport];
            configure?.Invoke(options);
        });
        socket.Open();
        var end = await handler.End;
        await socket.Closed.Within();
        Assert.Empty(handler.Breaches.TakePending());
        return end;
    }

    private static Task<EngineHost> AnsweringAsync(TransportType transport, string first) => EngineHost.ScriptedAsync(
        new ScriptedEngine
        {
            Open = first,
            WebSocket = async (socket, aborted) =>
            {
                await ScriptedEngine.SendAsync(socket, first);
                await ScriptedEngine.DrainAsync(socket, aborted);
            },
        }.AnswerAsync);

    public static TheoryData<TransportType, string, EngineCloseReason, string> BadBeginnings()
    {
        var data = new TheoryData<TransportType, string, EngineCloseReason, string>();
        foreach (var transport in Enum.GetValues<TransportType>())
        {
            foreach (var (text, reason, description) in ((string, EngineCloseReason, string)[])
            [
                ("<!doctype html><p>Welcome", EngineCloseReason.TransportError, "server error"),
                ("", EngineCloseReason.TransportError, "server error"),
                ("{}", EngineCloseReason.TransportError, "server error"),
                ("9", EngineCloseReason.TransportError, "server error"),
                ("b***", EngineCloseReason.TransportError, "server error"),
                ("4too early", EngineCloseReason.TransportError, "packet before the handshake"),
                ("2", EngineCloseReason.TransportError, "packet before the handshake"),
                ("0", EngineCloseReason.ParseError, "invalid open packet"),
                ("0{", EngineCloseReason.ParseError, "invalid open packet"),
                ("""0{"sid":"a","upgrades":[],"pingInterval":-1,"pingTimeout":1}""", EngineCloseReason.ParseError, "invalid open packet"),
                ("""0{"sid":"","upgrades":[],"pingInterval":1,"pingTimeout":1}""", EngineCloseReason.ParseError, "invalid open packet"),
                ("1", EngineCloseReason.TransportClose, "transport closed by the server"),
            ])
            {
                data.Add(transport, text, reason, description);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(BadBeginnings))]
    public async Task A_bad_beginning(TransportType transport, string first, EngineCloseReason reason, string description)
    {
        await using var host = await AnsweringAsync(transport, first);
        var end = await EndOfAsync(host, transport);
        Assert.Equal(reason, end.Reason);
        Assert.Equal(description, end.Details!.Description);
    }

    [Fact]
    public async Task A_session_id_without_end_is_only_a_failed_connection()
    {
        var open = $$"""0{"sid":"{{new string('x', 200_000)}}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}""";
        await using var host = await EngineHost.ScriptedAsync(new ScriptedEngine { Open = open }.AnswerAsync);
        Assert.Equal(EngineCloseReason.TransportError, (await EndOfAsync(host, TransportType.Polling, options => options.Transports = [TransportType.Polling, TransportType.WebSocket])).Reason);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(404)]
    [InlineData(413)]
    [InlineData(502)]
    [InlineData(204)]
    public async Task Another_status_is_told(int status)
    {
        await using var host = await EngineHost.ScriptedAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        foreach (var transport in Enum.GetValues<TransportType>())
        {
            var (reason, details) = await EndOfAsync(host, transport);
            Assert.Equal(EngineCloseReason.TransportError, reason);
            Assert.Equal(transport == TransportType.Polling ? "xhr poll error" : "websocket error", details!.Error!.Error);
            Assert.Equal(status, details.Error.StatusCode);
        }
    }

    [Fact]
    public async Task A_page_in_place_of_the_server_is_quoted_in_part()
    {
        await using var host = await EngineHost.ScriptedAsync(context =>
        {
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync(new string('x', 100_000));
        });
        var error = (await EndOfAsync(host, TransportType.Polling)).Details!.Error!;
        Assert.Equal(4096, error.ResponseText!.Length);
        Assert.True(error.Message.Length < 600);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_at_the_bound()
    {
        await using var host = await EngineHost.ScriptedAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[1000]);
            }
        });
        var (reason, details) = await EndOfAsync(host, TransportType.Polling, options => options.MaxReceivedBytes = 10_000);
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Contains("MaxReceivedBytes", details!.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_without_end_is_cut_at_the_bound(bool inFragments)
    {
        await using var host = await EngineHost.ScriptedAsync(
            new ScriptedEngine
            {
                WebSocket = async (socket, aborted) =>
                {
                    await ScriptedEngine.SendAsync(socket, ScriptedEngine.OpenPacket);
                    if (!inFragments)
                    {
                        await socket.SendAsync(new byte[10_001], WebSocketMessageType.Binary, true, aborted);
                    }

                    while (inFragments && !aborted.IsCancellationRequested)
                    {
                        await socket.SendAsync(new byte[1000], WebSocketMessageType.Binary, false, aborted);
                    }

                    await ScriptedEngine.DrainAsync(socket, aborted);
                },
            }.AnswerAsync);
        var (reason, details) = await EndOfAsync(host, TransportType.WebSocket, options => options.MaxReceivedBytes = 10_000);
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Equal("websocket error", details!.Error!.Error);
        Assert.Contains("MaxReceivedBytes", details.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_the_largest_size_comes_in()
    {
        await using var host = await EngineHost.EchoAsync(options => options.MaxPayload = 2_000_000);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.Transports, options.MaxReceivedBytes) = ([TransportType.WebSocket], 1_000_000));
        socket.Open();
        await handler.Messages.TakeAsync();
        var data = new byte[1_000_000];
        new Random(1).NextBytes(data);
        socket.Send(data, isBinary: true);
        Assert.Equal($"binary:{Convert.ToHexStringLower(data)}", await handler.Messages.TakeAsync());
    }

    [Theory]
    [InlineData("4a\u001e4b\u001exyz\u001e4c")]
    [InlineData("4a\u001e4b\u001e\u001e4c")]
    [InlineData("4a\u001e4b\u001ebA\u001e4c")]
    [InlineData("4a\u001e4b\u001e")]
    public async Task What_comes_before_a_bad_packet_counts_and_nothing_after_it(string payload)
    {
        var script = new ScriptedEngine();
        await using var host = await EngineHost.ScriptedAsync(script.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => options.Upgrade = false);
        script.Polls.Writer.TryWrite(payload);
        socket.Open();
        await handler.ExpectAsync("open", "message a", "message b", "close transport error");
    }

    [Theory]
    [InlineData("3nope")]
    [InlineData("3")]
    [InlineData("4hi")]
    [InlineData("garbage")]
    [InlineData("")]
    public async Task A_wrong_answer_to_the_probe_leaves_the_connection_with_polling(string answer)
    {
        var script = new ScriptedEngine
        {
            WebSocket = async (socket, aborted) =>
            {
                Assert.Equal("2probe", await ScriptedEngine.ReceiveAsync(socket, aborted));
                await ScriptedEngine.SendAsync(socket, answer);
                await ScriptedEngine.DrainAsync(socket, aborted);
            },
        };
        await using var host = await EngineHost.ScriptedAsync(script.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler);
        socket.Open();
        var error = await handler.UpgradeErrors.TakeAsync();
        Assert.StartsWith("probe error", error.Error, StringComparison.Ordinal);
        Assert.Equal(TransportType.WebSocket, error.Transport);
        await ExpectPollingAsync(script, handler, socket);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_WebSocket_that_is_refused_or_lost_leaves_the_connection_with_polling(bool accepts)
    {
        var script = new ScriptedEngine
        {
            WebSocket = !accepts ? null : async (socket, aborted) =>
            {
                await ScriptedEngine.ReceiveAsync(socket, aborted);
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "no", aborted);
            },
        };
        await using var host = await EngineHost.ScriptedAsync(script.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler);
        socket.Open();
        var error = await handler.UpgradeErrors.TakeAsync();
        Assert.Equal(accepts ? "probe error: transport closed" : "probe error: websocket error", error.Error);
        Assert.Equal(accepts ? null : 404, error.StatusCode);
        await handler.Attempts.TakeAsync(attempt => attempt is { IsUpgrade: true, Error: not null }, "the failed upgrade");
        await ExpectPollingAsync(script, handler, socket);
    }

    [Fact]
    public async Task EIOC_C_10_a_close_waits_for_an_upgrade_that_fails()
    {
        var lose = new TaskCompletionSource();
        var script = new ScriptedEngine
        {
            WebSocket = async (socket, aborted) =>
            {
                await ScriptedEngine.ReceiveAsync(socket, aborted);
                await ScriptedEngine.SendAsync(socket, "3probe");
                await lose.Task.WaitAsync(aborted);
                socket.Abort();
            },
        };
        await using var host = await EngineHost.ScriptedAsync(script.AnswerAsync);
        var handler = new RecordingHandler
        {
            Upgrading = socket =>
            {
                socket.Send("before"u8.ToArray(), isBinary: false);
                socket.Close();
                Assert.Equal(EngineState.Closing, socket.State);
                lose.SetResult();
            },
        };
        await using var socket = host.Connect(handler);
        socket.Open();
        await handler.ExpectAsync("open", "upgrading websocket");
        Assert.StartsWith("upgradeError probe error", await handler.Calls.TakeAsync(), StringComparison.Ordinal);
        await handler.ExpectAsync("close forced close");
        Assert.Equal("4before", await script.Posts.TakeAsync());

        // The goodbye; the server answers the poll with a noop as ours would.
        Assert.Equal("1", await script.Posts.TakeAsync());
        script.Polls.Writer.TryWrite("6");
        await socket.Closed.Within();
    }

    [Fact]
    public async Task Pings_without_end_fill_no_queue()
    {
        var script = new ScriptedEngine { BeforePostAnswer = () => Task.Delay(Timeout.Infinite) };
        await using var host = await EngineHost.ScriptedAsync(script.AnswerAsync);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => (options.Upgrade, options.CloseTimeout) = (false, TimeSpan.FromMilliseconds(100)));
        script.Polls.Writer.TryWrite(string.Join('\u001e', Enumerable.Repeat("2", 10_000).Append("4end")));
        socket.Open();
        Assert.Equal("end", await handler.Messages.TakeAsync());
        Assert.True(socket.QueuedBytes <= 32, $"{socket.QueuedBytes} bytes are queued");
    }

    [Fact]
    public async Task A_WebSocket_that_is_cut_is_a_close_with_1006_or_an_error()
    {
        await using var host = await EngineHost.ScriptedAsync(
            new ScriptedEngine
            {
                WebSocket = async (socket, _) =>
                {
                    await ScriptedEngine.SendAsync(socket, ScriptedEngine.OpenPacket);
                    socket.Abort();
                },
            }.AnswerAsync);
        var (reason, details) = await EndOfAsync(host, TransportType.WebSocket);
        Assert.True(reason == EngineCloseReason.TransportError || details!.CloseCode == 1006, $"{reason} {details}");
    }

    private static async Task ExpectPollingAsync(ScriptedEngine script, RecordingHandler handler, EngineSocket socket)
    {
        script.Polls.Writer.TryWrite("4still here");
        Assert.Equal("still here", await handler.Messages.TakeAsync());
        Assert.Equal((EngineState.Open, TransportType.Polling), (socket.State, socket.Transport));
        socket.Send("and you"u8.ToArray(), isBinary: false);
        Assert.Equal("4and you", await script.Posts.TakeAsync());
        socket.Close();
        Assert.Equal("1", await script.Posts.TakeAsync());
        script.Polls.Writer.TryWrite("6");
        await socket.Closed.Within();
        Assert.Empty(handler.Breaches.TakePending());
    }
}
