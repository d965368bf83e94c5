using System.Buffers;
using System.Net.WebSockets;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>System.Net.WebSockets on the other side, in both roles: it was written by others and wraps zlib.</summary>
public sealed class FrameworkInteropTests
{
    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public async Task Compressed_messages_are_read_and_written_in_both_roles(int windowBits)
    {
        foreach (var framework in new[] { WebSocketRole.Client, WebSocketRole.Server })
        {
            foreach (var takeover in new[] { true, false })
            {
                var options = new WebSocketDeflateOptions
                {
                    ClientMaxWindowBits = windowBits,
                    ServerMaxWindowBits = windowBits,
                    ClientContextTakeover = takeover,
                    ServerContextTakeover = takeover,
                };
                await FrameworkSendsAsync(framework, options, takeover);
                await FrameworkReceivesAsync(framework, options, takeover, windowBits);
            }
        }
    }

    [Fact]
    public async Task Plain_messages_are_read_and_written_in_both_roles()
    {
        foreach (var framework in new[] { WebSocketRole.Client, WebSocketRole.Server })
        {
            await FrameworkSendsAsync(framework, null, false);
            await FrameworkReceivesAsync(framework, null, false, 15);
        }
    }

    [Theory]
    [InlineData(null, WebSocketCloseStatus.NormalClosure)]
    [InlineData(1000, WebSocketCloseStatus.NormalClosure)]
    [InlineData(1009, WebSocketCloseStatus.MessageTooBig)]
    [InlineData(4001, (WebSocketCloseStatus)4001)]
    public async Task The_framework_understands_our_close(int? status, WebSocketCloseStatus expected)
    {
        var output = new ArrayBufferWriter<byte>();
        WebSocketFrameWriter.WriteClose(output, status);
        using var socket = Open(WebSocketRole.Client, null, new OneWayStream(output.WrittenSpan.ToArray()));
        var result = await socket.ReceiveAsync(new byte[10], TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketMessageType.Close, result.MessageType);
        Assert.Equal(expected, socket.CloseStatus);
    }

    [Fact]
    public async Task We_understand_the_framework_s_close()
    {
        var wire = new OneWayStream([]);
        using var socket = Open(WebSocketRole.Client, null, wire);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "Auf Wiedersehen", TestContext.Current.CancellationToken);
        Assert.Equal(["close 1000 Auf Wiedersehen"], Reading.FeedPieces(Reading.Server(), [wire.Written]));
    }

    private static async Task FrameworkSendsAsync(WebSocketRole framework, WebSocketDeflateOptions? options, bool takeover)
    {
        var wire = new OneWayStream([]);
        using var socket = Open(framework, options, wire);
        var expected = new List<string>();
        var random = new Random(11);
        foreach (var message in Samples.Mixed(random))
        {
            var middle = random.Next(message.Length + 1);
            await socket.SendAsync(message.AsMemory(0, middle), WebSocketMessageType.Binary, endOfMessage: false, TestContext.Current.CancellationToken);
            await socket.SendAsync(message.AsMemory(middle), WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage | (random.Next(4) == 0 ? WebSocketMessageFlags.DisableCompression : 0), TestContext.Current.CancellationToken);
            expected.Add("binary " + Convert.ToHexString(message));
            expected.Add("binary " + Convert.ToHexString(message));
        }

        using var reader = new WebSocketFrameReader(
            framework == WebSocketRole.Client ? WebSocketRole.Server : WebSocketRole.Client,
            new WebSocketReaderLimits(),
            options is null ? null : new WebSocketInflater(noContextTakeover: !takeover));
        Assert.Equal(expected, Reading.FeedPieces(reader, wire.Written.Chunk(4_099)));
    }

    private static async Task FrameworkReceivesAsync(WebSocketRole framework, WebSocketDeflateOptions? options, bool takeover, int windowBits)
    {
        var wire = new ArrayBufferWriter<byte>();
        var messages = Samples.Mixed(new Random(12)).ToList();
        using (var deflater = new WebSocketDeflater(noContextTakeover: !takeover, windowBits))
        {
            foreach (var message in messages)
            {
                var payload = new ArrayBufferWriter<byte>();
                if (options is null)
                {
                    payload.Write(message);
                }
                else
                {
                    deflater.Deflate(message, payload);
                }

                if (framework == WebSocketRole.Client)
                {
                    WebSocketFrameWriter.WriteFrame(wire, WebSocketOpcode.Binary, payload.WrittenSpan, compressed: options is not null);
                }
                else
                {
                    WebSocketFrameWriter.WriteMaskedFrame(wire, WebSocketOpcode.Binary, payload.WrittenSpan, 0x1F2E3D4C, compressed: options is not null);
                }
            }
        }

        using var socket = Open(framework, options, new OneWayStream(wire.WrittenSpan.ToArray()));
        var buffer = new byte[10_000];
        foreach (var message in messages)
        {
            using var received = new MemoryStream();
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken);
                received.Write(buffer, 0, result.Count);
            }
            while (!result.EndOfMessage);
            Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
            Assert.True(received.ToArray().AsSpan().SequenceEqual(message));
        }
    }

    private static WebSocket Open(WebSocketRole role, WebSocketDeflateOptions? options, Stream stream) =>
        WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = role == WebSocketRole.Server, DangerousDeflateOptions = options });

    /// <summary>A connection whose other end said everything in advance and keeps all that it hears.</summary>
    private sealed class OneWayStream(byte[] incoming) : Stream
    {
        private readonly MemoryStream _incoming = new(incoming);
        private readonly MemoryStream _outgoing = new();

        public byte[] Written => _outgoing.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => _incoming.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => _outgoing.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
