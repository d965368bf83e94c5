using System.Buffers.Binary;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Every way to break RFC 6455: the close code on the wire, the reason of the session, and the server that goes on.</summary>
public sealed class WebSocketFrameTests
{
    // Masks are zero, so the payloads can be read.
    private static readonly byte[] Mask = [0, 0, 0, 0];

    public static TheoryData<string, byte[], int> Breaches => new()
    {
        { nameof(WebSocketError.ReservedBits), [0xC1, 0x81, .. Mask, (byte)'4'], 1002 },
        { nameof(WebSocketError.ReservedBits), [0xA1, 0x81, .. Mask, (byte)'4'], 1002 },
        { nameof(WebSocketError.ReservedOpcode), [0x83, 0x81, .. Mask, (byte)'4'], 1002 },
        { nameof(WebSocketError.ReservedOpcode), [0x8B, 0x80, .. Mask], 1002 },
        { nameof(WebSocketError.Masking), [0x81, 0x01, (byte)'4'], 1002 },
        { nameof(WebSocketError.ControlFrame), [0x09, 0x80, .. Mask], 1002 },
        { nameof(WebSocketError.ControlFrame), [0x89, 0xFE, 0, 126, .. Mask], 1002 },
        { nameof(WebSocketError.Fragmentation), [0x80, 0x81, .. Mask, (byte)'4'], 1002 },
        { nameof(WebSocketError.Fragmentation), [0x01, 0x81, .. Mask, (byte)'4', 0x81, 0x81, .. Mask, (byte)'4'], 1002 },
        { nameof(WebSocketError.Length), [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, .. Mask], 1002 },
        { nameof(WebSocketError.InvalidUtf8), [0x81, 0x83, .. Mask, (byte)'4', 0xC3, 0x28], 1007 },
        { nameof(WebSocketError.ClosePayload), [0x88, 0x81, .. Mask, 3], 1002 },
        { nameof(WebSocketError.ClosePayload), [0x88, 0x82, .. Mask, 3, 0xED], 1002 },
        { nameof(WebSocketError.MessageTooBig), [0x82, 0xFF, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, .. Mask], 1009 },
        { nameof(WebSocketError.MessageTooBig), [0x82, 0xFE, 0, 200, .. Mask], 1009 },
        { nameof(WebSocketError.TooManyFragments), [0x01, 0x80, .. Mask, 0x00, 0x80, .. Mask, 0x00, 0x80, .. Mask, 0x00, 0x80, .. Mask], 1008 },
    };

    [Fact]
    public void The_table_has_every_error() => Assert.Equal(
        Enum.GetNames<WebSocketError>().Except([nameof(WebSocketError.None), nameof(WebSocketError.InvalidCompression)]).Order(),
        Breaches.Select(row => row.Data.Item1).Distinct().Order());

    [Theory]
    [MemberData(nameof(Breaches), DisableDiscoveryEnumeration = true)]
    public async Task A_frame_that_breaks_the_rules_gets_its_close_code(string error, byte[] bytes, int status)
    {
        await using var host = await EngineHost.StartAsync(options => (options.MaxPayload, options.MaxFragmentsPerMessage) = (199, 3));
        var (other, otherSession) = await host.OpenAsync("websocket");
        await using var _ = other;
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        await tcp.ReadFrameAsync();

        // A good message before it counts.
        await tcp.SendFrameAsync(0x81, "4before"u8);
        await tcp.SendAsync(bytes);

        var (opcode, payload) = await tcp.ReadFrameAsync();
        Assert.Equal((0x88, 2, status), (opcode, payload.Length, BinaryPrimitives.ReadUInt16BigEndian(payload)));
        Assert.Equal(("transport error", $"WebSocket: {error}"), (await session.EndReasonAsync(), (await session.End).Detail));
        Assert.Equal(("before", 0), (await session.ReceiveAsync(), session.Pending));
        tcp.EndSending();
        Assert.Empty(await tcp.ReadToEndAsync());
        await other.SendAsync("alive");
        Assert.Equal("alive", await otherSession.ReceiveAsync());
    }

    [Fact]
    public async Task A_message_in_fragments_with_pings_between_is_one_message()
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        await tcp.ReadFrameAsync();
        await tcp.SendFrameAsync(0x01, "4a"u8);
        await tcp.SendFrameAsync(0x89, "are you there?"u8);
        Assert.Equal((0x8A, "are you there?"), await tcp.ReadFrameAsync() is var (opcode, payload) ? (opcode, System.Text.Encoding.UTF8.GetString(payload)) : default);
        await tcp.SendFrameAsync(0x00, "b"u8);
        await tcp.SendFrameAsync(0x80, "c"u8);
        Assert.Equal("abc", await session.ReceiveAsync());
    }

    [Fact]
    public async Task Frames_byte_by_byte_are_frames()
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        foreach (var b in new byte[] { 0x81, 0x83, 1, 2, 3, 4, (byte)'4' ^ 1, (byte)'a' ^ 2, (byte)'b' ^ 3 })
        {
            await tcp.SendAsync(new[] { b });
        }

        Assert.Equal("ab", await session.ReceiveAsync());
    }

    [Fact]
    public async Task The_close_of_the_client_is_answered_with_its_code()
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        await tcp.ReadFrameAsync();
        await tcp.SendFrameAsync(0x88, [0x03, 0xE9, (byte)'b', (byte)'y', (byte)'e']);
        Assert.Equal([0x03, 0xE9], (await tcp.ReadFrameAsync()).Payload);
        Assert.Empty(await tcp.ReadToEndAsync());
        Assert.Equal("transport close", await session.EndReasonAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task A_client_that_closes_while_much_is_on_its_way_to_it_gets_it_and_the_close_frame()
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync(receiveBuffer: 65_536);
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        await tcp.ReadFrameAsync();
        // More than the kernel's buffers take: the write waits for the client to read.
        var large = new byte[8_000_000];
        session.Session.Send(AspNetCore.Transports.OutboundMessage.Binary(large));
        await tcp.SendFrameAsync(0x88, []);
        await session.EndReasonAsync();
        Assert.Equal(large.Length, (await tcp.ReadFrameAsync()).Payload.Length);
        Assert.Equal(0x88, (await tcp.ReadFrameAsync()).FirstByte);
        Assert.Empty(await tcp.ReadToEndAsync());
    }

    [Fact]
    public async Task A_client_that_never_answers_the_close_is_cut()
    {
        await using var host = await EngineHost.StartAsync(fakeTime: true);
        await using var tcp = await host.Kestrel.TcpAsync();
        await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
        var session = await host.Handler.NextAsync();
        session.Session.Close();
        await session.EndReasonAsync();
        await tcp.ReadFrameAsync();
        Assert.Equal(0x88, (await tcp.ReadFrameAsync()).FirstByte);
        host.Time!.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Empty(await tcp.ReadToEndAsync());
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task A_subprotocol_is_echoed_and_a_handshake_without_a_body_is_bare()
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        var head = await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}", "Sec-WebSocket-Protocol: chat, superchat");
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Protocol: chat\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Over_the_limit_of_the_host_an_upgrade_is_503_and_leaves_no_session()
    {
        await using var host = await EngineHost.StartAsync(services: builder => Microsoft.AspNetCore.Hosting.WebHostBuilderKestrelExtensions.ConfigureKestrel(builder.WebHost, kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 1));
        var (first, _) = await host.OpenAsync("websocket");
        await using var socket = first;
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery));
        Assert.Equal(1, host.Server.Count);
        Assert.DoesNotContain(host.Kestrel.Logs.GetSnapshot(), record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }
}
