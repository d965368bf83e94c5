using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>permessage-deflate (RFC 7692) against the framework's client and by hand.</summary>
public sealed class DeflateTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task EIO_S_124_messages_go_both_ways_compressed(bool serverForgets, bool clientForgets)
    {
        await using var host = await EngineHost.StartAsync(
            options => options.PerMessageDeflate = new() { Threshold = 10, ServerNoContextTakeover = serverForgets, ClientNoContextTakeover = clientForgets },
            new RecordingHandler { Echoes = true });
        await using var socket = await host.WebSocketAsync(configure: options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        await socket.ReceiveHandshakeAsync();
        var session = await host.Handler.NextAsync();
        for (var i = 0; i < 5; i++)
        {
            var text = string.Concat(Enumerable.Repeat($"round {i} \u20AC ", 500));
            await socket.SendTextAsync($"4{text}");
            Assert.Equal(text, await session.ReceiveAsync());
            Assert.Equal($"4{text}", await socket.ReceiveTextAsync());
            await socket.SendBinaryAsync([.. Encoding.UTF8.GetBytes(text)]);
            Assert.Equal(Encoding.UTF8.GetBytes(text), (byte[])await session.ReceiveAsync());
            Assert.Equal(Encoding.UTF8.GetBytes(text), await socket.ReceiveBinaryAsync());
        }

        await socket.SendTextAsync("4small");
        Assert.Equal("4small", await socket.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("permessage-deflate", "permessage-deflate; server_max_window_bits=9")]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10")]
    public async Task The_windows_are_limited_where_the_client_can_be(string offer, string answer)
    {
        await using var host = await EngineHost.StartAsync(options => options.PerMessageDeflate = new()
        {
            ServerNoContextTakeover = false,
            ClientNoContextTakeover = false,
            ServerMaxWindowBits = 9,
            ClientMaxWindowBits = 10,
        });
        await using var tcp = await host.Kestrel.TcpAsync();
        Assert.Contains($"Sec-WebSocket-Extensions: {answer}\r\n", await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}", $"Sec-WebSocket-Extensions: {offer}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_small_or_not_to_be_compressed_is_not()
    {
        await using var host = await EngineHost.StartAsync(options => options.PerMessageDeflate = new() { Threshold = 100 });
        await using var tcp = await host.Kestrel.TcpAsync();
        var head = await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
        Assert.Contains("Sec-WebSocket-Extensions: permessage-deflate", head, StringComparison.Ordinal);
        var session = (await host.Handler.NextAsync()).Session;
        await tcp.ReadFrameAsync();

        session.Send(OutboundMessage.Text(new string('a', 99)));
        var (first, payload) = await tcp.ReadFrameAsync();
        Assert.Equal((0xC1, true), (first, payload.Length < 50));
        session.Send(OutboundMessage.Text(new string('a', 98)));
        Assert.Equal((0x81, 99), await tcp.ReadFrameAsync() is var (b, p) ? (b, p.Length) : default);
        session.Send(OutboundMessage.Text(new string('a', 1000), compress: false));
        Assert.Equal((0x81, 1001), await tcp.ReadFrameAsync() is var (b2, p2) ? (b2, p2.Length) : default);
    }

    [Fact]
    public async Task EIO_S_123_without_an_offer_or_without_the_option_nothing_is_compressed()
    {
        await using var host = await EngineHost.StartAsync(options => options.PerMessageDeflate = new() { Threshold = 0 });
        await using var without = await host.Kestrel.TcpAsync();
        Assert.DoesNotContain("Extensions", await without.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0x81, (await without.ReadFrameAsync()).FirstByte);

        await using var off = await EngineHost.StartAsync();
        await using var tcp = await off.Kestrel.TcpAsync();
        Assert.DoesNotContain("Extensions", await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}", "Sec-WebSocket-Extensions: permessage-deflate"), StringComparison.OrdinalIgnoreCase);
        (await off.Handler.NextAsync()).Session.Send(OutboundMessage.Text(new string('a', 5000)));
        await tcp.ReadFrameAsync();
        Assert.Equal(0x81, (await tcp.ReadFrameAsync()).FirstByte);
    }

    [Theory]
    [InlineData("bomb", 1009, "WebSocket: MessageTooBig")]
    [InlineData("garbage", 1007, "WebSocket: InvalidCompression")]
    public async Task A_message_that_grows_past_the_limit_or_is_no_deflate_closes_the_websocket(string kind, int status, string detail)
    {
        await using var host = await EngineHost.StartAsync(options => options.PerMessageDeflate = new());
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}", "Sec-WebSocket-Extensions: permessage-deflate");
        var session = await host.Handler.NextAsync();
        await tcp.ReadFrameAsync();

        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(new byte[50_000_000]);
        }

        var before = GC.GetTotalAllocatedBytes(precise: false);
        await tcp.SendFrameAsync(0xC2, kind == "bomb" ? compressed.ToArray() : [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        var (opcode, payload) = await tcp.ReadFrameAsync();
        Assert.Equal((0x88, status), (opcode, (payload[0] << 8) | payload[1]));
        Assert.Equal(("transport error", detail), (await session.EndReasonAsync(), (await session.End).Detail));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: false) - before, 0, 45_000_000);
    }

    [Fact]
    public async Task A_compressed_session_upgrades_and_ends_like_any_other()
    {
        await using var host = await EngineHost.StartAsync(options => options.PerMessageDeflate = new() { Threshold = 0 }, new RecordingHandler { Echoes = true });
        var (client, session) = await host.OpenAsync("polling");
        await using var candidate = await host.CandidateAsync(client.Sid, options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        await candidate.SendTextAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveTextAsync());
        await candidate.SendTextAsync("5");
        await candidate.SendTextAsync("4a");
        Assert.Equal("4a", await candidate.ReceiveTextAsync());
        await candidate.CloseAsync();
        Assert.Equal("transport close", await session.EndReasonAsync().Within());
        await host.WaitForNothingLeftAsync();
    }
}
