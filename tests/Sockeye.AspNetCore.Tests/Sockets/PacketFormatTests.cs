using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Servers whose packets are not in the default format. The other suites run with MessagePack, too.</summary>
public sealed class PacketFormatTests
{
    // What socket.io-client with socket.io-msgpack-parser sends and expects, byte for byte.
    [Fact]
    public async Task MP_01_MP_03_the_bytes_of_MessagePack_by_WebSocket()
    {
        await using var server = await StartAsync(new MessagePackPacketFormat(), io => io.On("q", (ServerSocket _, byte[] data) => data));
        await using var client = await server.WebSocketAsync();
        await client.ReceiveHandshakeAsync();
        await client.SendBinaryAsync(Convert.FromHexString("83a47479706500a464617461d40000a36e7370a12f"));
        var answer = await client.ReceiveBinaryAsync();
        Assert.StartsWith("83a47479706500a46461746181a3736964b4", Convert.ToHexStringLower(answer), StringComparison.Ordinal);
        Assert.EndsWith("a36e7370a12f", Convert.ToHexStringLower(answer), StringComparison.Ordinal);

        await client.SendBinaryAsync(Convert.FromHexString("85a47479706502a46461746192a171c403010203a76f7074696f6e7381a8636f6d7072657373c3a2696400a36e7370a12f"));
        Assert.Equal("84a2696400a47479706503a46461746191c403010203a36e7370a12f", Convert.ToHexStringLower(await client.ReceiveBinaryAsync()));
    }

    [Fact]
    public async Task MessagePack_goes_through_polling_as_base64()
    {
        await using var server = await StartAsync(new MessagePackPacketFormat());
        var client = server.Polling();
        await client.OpenAsync();
        await client.SendPacketsAsync("b" + Convert.ToBase64String(Convert.FromHexString("82a47479706500a36e7370a12f")));
        var packet = Assert.Single((await client.PollAsync()).Packets);
        Assert.StartsWith("83a47479706500a46461746181a3736964b4", Convert.ToHexStringLower(Convert.FromBase64String(packet[1..])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", "unexpected_text: Could not parse")]
    [InlineData("83a47479706502a46461746191a178a36e7370a12fc0", "malformed: 1 trailing bytes")]
    [InlineData("83a47479706502", "malformed: Could not parse")]
    [InlineData("80", "unknown_type: invalid packet type")]
    [InlineData("82a47479706500a36e7370a2612f", "invalid_namespace: invalid namespace")]
    [InlineData("82a47479706500a36e7370a42f612c62", "invalid_namespace: invalid namespace")]
    [InlineData("82a47479706502a36e7370a12f", "invalid_payload: invalid payload")]
    [InlineData("83a47479706503a46461746190a36e7370a12f", "invalid_id: invalid packet id")]
    [InlineData("83a47479706502a46461746191aa646973636f6e6e656374a36e7370a12f", "reserved_event_name: invalid payload")]
    [InlineData("83a47479706504a464617461a178a36e7370a12f", "unexpected_type: a client does not send ConnectError")]
    public async Task MP_07_Q_24_what_is_no_MessagePack_packet_ends_this_connection_alone(string message, string error)
    {
        var journal = new Journal();
        await using var server = await StartAsync(new MessagePackPacketFormat(), io =>
        {
            io.OnError(e => journal.Add($"{((PacketRefusedException)e.Exception).Reason}: {e.Exception.Message}"));
            io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
            io.On("hi", _ => "hi");
        });
        await using var good = await SocketIOTestClient.ConnectAsync(server);
        await using var bad = await SocketIOTestClient.ConnectAsync(server);
        await bad.Client.SendTogetherAsync(message is "x" ? "4x" : Convert.FromHexString(message));
        await bad.Client.Closed;
        await journal.ExpectAsync(error, "forced close");
        Assert.Equal("""431["hi"]""", (await good.AskAsync("hi")).Text);
        journal.ExpectNothing();
    }

    // The limit is the JSON parser's; the other official parser has none.
    [Fact]
    public async Task MP_02_with_MessagePack_an_event_has_as_many_binary_values_as_it_likes()
    {
        await using var server = await StartAsync(
            new MessagePackPacketFormat(), io => io.On("all", (ServerSocket _, byte[][] all) => all.Sum(data => data.Length)), options => options.MaxAttachments = 1);
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var placeholders = string.Join(',', Enumerable.Range(0, 100).Select(number => $$"""{"_placeholder":true,"num":{{number}}}"""));
        await client.Client.SendAsync($"45100-1[\"all\",[{placeholders}]]", [.. Enumerable.Range(0, 100).Select(length => new byte[length])]);
        await client.ExpectAsync("431[4950]");
    }

    [Fact]
    public async Task MP_06_a_broadcast_is_written_once_for_all()
    {
        await using var sockets = new InMemorySockets(options => options.PacketFormat = new MessagePackPacketFormat());
        var seen = new ConcurrentQueue<OutboundMessage>();
        for (var i = 0; i < 5; i++)
        {
            sockets.Open(seen: seen.Enqueue).Send(Convert.FromHexString("82a47479706500a36e7370a12f"));
        }

        await sockets.Io.EmitAsync("both", 1, new byte[] { 1, 2, 3 });
        OutboundMessage[] sent = [];
        await SocketIOTestServer.UntilAsync(() => (sent = [.. seen.Where(message => message.WebSocketFrames.IndexOf("both"u8) > 0)]).Length == 5);
        Assert.All(sent, message => Assert.Same(sent[0], message));
        Assert.Equal("821e" + "83a47479706502a46461746193a4626f746801c403010203a36e7370a12f", Convert.ToHexStringLower(sent[0].WebSocketFrames));
    }

    [Fact]
    public async Task A_format_of_ones_own_carries_everything()
    {
        var journal = new Journal();
        await using var server = await StartAsync(new JsonLineFormat(), io =>
        {
            var chat = io.Namespace("/chat");
            chat.On("sum", (ServerSocket _, int a, int b) => a + b);
            chat.On("echo", (ServerSocket socket, PacketArguments all) => socket.EmitAsync("echo", all));
            chat.On("ask", async (ServerSocket socket) => journal.Add(await socket.EmitWithAckAsync<string>("question")));
            chat.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
        });
        await using var client = await server.WebSocketAsync();
        await client.ReceiveHandshakeAsync();
        await client.SendTextAsync("""4[0,"/nowhere",null,null]""");
        Assert.Equal("""4[4,"/nowhere",null,{"message":"Invalid namespace"}]""", await client.ReceiveTextAsync());
        await client.SendTextAsync("""4[0,"/chat",null,{"token":"x"}]""");
        Assert.StartsWith("""4[0,"/chat",null,{"sid":""", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("""4[2,"/chat",7,["sum",1,2]]""");
        Assert.Equal("""4[3,"/chat",7,[3]]""", await client.ReceiveTextAsync());
        await client.SendTextAsync("""4[2,"/chat",null,["echo",{"a":{"_placeholder":true,"num":0}}],"AQID"]""");
        Assert.Equal("""4[2,"/chat",null,["echo",{"a":{"_placeholder":true,"num":0}}],"AQID"]""", await client.ReceiveTextAsync());
        await client.SendTextAsync("""4[2,"/chat",null,["ask"]]""");
        Assert.Equal("""4[2,"/chat",0,["question"]]""", await client.ReceiveTextAsync());
        await client.SendTextAsync("""4[3,"/chat",0,["answer"]]""");
        await journal.ExpectAsync("answer");
        await client.SendTextAsync("4[]");
        await journal.ExpectAsync("forced close");
        await client.WaitForCloseAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[2]")]
    [InlineData("[2,\"/\",null")]
    [InlineData("[200,\"/\",null,[\"x\"]]")]
    [InlineData("[2,1,null,[\"x\"]]")]
    [InlineData("[2,\"\\ud800\",null,[\"x\"]]")]
    [InlineData("[2,\"/\",0.5,[\"x\"]]")]
    [InlineData("[2,\"/\",null,[\"x\"],1]")]
    [InlineData("[2,\"/\",null,[\"x\"],\"?\"]")]
    [InlineData("[2,\"/\",null,[\"connect\"]]")]
    public void The_format_of_ones_own_keeps_the_law_that_nothing_a_stranger_sends_throws(string line)
    {
        var decoder = new JsonLineFormat().CreateDecoder(new PacketLimits());
        Assert.Equal(PacketStatus.Error, decoder.ReceiveText(Encoding.UTF8.GetBytes(line), out var packet));
        Assert.Null(packet);
        Assert.NotEqual(PacketError.None, decoder.Error);
    }

    [Fact]
    public async Task A_decoder_that_throws_ends_its_own_connection_and_no_other()
    {
        var journal = new Journal();
        await using var server = await StartAsync(new ThrowingFormat(), io =>
        {
            io.OnError(e => journal.Add(((PacketRefusedException)e.Exception).Reason));
            io.On("hi", _ => "hi");
        });
        await using var good = await SocketIOTestClient.ConnectAsync(server);
        await using var bad = await SocketIOTestClient.ConnectAsync(server);
        await bad.Client.SendAsync("4throw");
        await bad.Client.Closed;
        await journal.ExpectAsync("decoder_failed");
        Assert.Equal("""431["hi"]""", (await good.AskAsync("hi")).Text);
    }

    [Fact]
    public async Task The_guide_is_right()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                // begin: handler
                var io = app.MapSocketIO();
                io.On("upload", (ServerSocket socket, string name, byte[] data) => $"{name}: {data.Length} bytes");
                // end: handler
            },
            builder =>
            {
                // begin: messagepack
                builder.Services.AddSocketIO(options => options.PacketFormat = new MessagePackPacketFormat());
                // end: messagepack
            });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.Client.SendAsync("""451-1["upload","a.txt",{"_placeholder":true,"num":0}]""", [1, 2, 3]);
        await client.ExpectAsync("""431["a.txt: 3 bytes"]""");
    }

    [Fact]
    public void The_format_must_not_be_null() =>
        Assert.Contains("PacketFormat", Assert.Throws<InvalidOperationException>(() => new SocketIOOptions { PacketFormat = null! }.Validate()).Message, StringComparison.Ordinal);

    private static Task<KestrelServer> StartAsync(IPacketFormat format, Action<SocketIOEndpoint>? configure = null, Action<SocketIOOptions>? more = null) =>
        SocketIOTestServer.StartAsync(configure, options =>
        {
            options.PacketFormat = format;
            more?.Invoke(options);
        });

    private sealed class ThrowingFormat : IPacketFormat
    {
        private readonly JsonPacketFormat _json = new();

        public EncodedPacket Encode(in PacketContent packet) => _json.Encode(packet);

        public IPacketDecoder CreateDecoder(PacketLimits limits) => new Decoder(_json.CreateDecoder(limits));

        private sealed class Decoder(IPacketDecoder json) : IPacketDecoder
        {
            public PacketError Error => json.Error;

            public string ErrorMessage => json.ErrorMessage;

            public PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet) =>
                utf8.SequenceEqual("throw"u8) ? throw new JsonException("a mistake") : json.ReceiveText(utf8, out packet);

            public PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet) => json.ReceiveBinary(data, out packet);
        }
    }
}
