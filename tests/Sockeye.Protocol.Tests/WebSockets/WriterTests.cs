using System.Buffers;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 section 5.2 from the sender's side.</summary>
public sealed class WriterTests
{
    [Fact]
    public void Section_5_7_the_examples()
    {
        Assert.Equal("810548656C6C6F", Hex(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Text, "Hello"u8)));
        Assert.Equal("818537FA213D7F9F4D5158", Hex(output => WebSocketFrameWriter.WriteMaskedFrame(output, WebSocketOpcode.Text, "Hello"u8, 0x37FA213D)));
        Assert.Equal("010348656C", Hex(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Text, "Hel"u8, final: false)));
        Assert.Equal("80026C6F", Hex(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Continuation, "lo"u8)));
        Assert.Equal("890548656C6C6F", Hex(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Ping, "Hello"u8)));
        Assert.Equal("8A8537FA213D7F9F4D5158", Hex(output => WebSocketFrameWriter.WriteMaskedFrame(output, WebSocketOpcode.Pong, "Hello"u8, 0x37FA213D)));
        Assert.Equal("C100", Hex(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Text, [], compressed: true)));
    }

    [Theory]
    [InlineData(0, "8200")]
    [InlineData(125, "827D")]
    [InlineData(126, "827E007E")]
    [InlineData(256, "827E0100")]
    [InlineData(65_535, "827EFFFF")]
    [InlineData(65_536, "827F0000000000010000")]
    [InlineData(long.MaxValue, "827F7FFFFFFFFFFFFFFF")]
    public void Lengths_have_their_shortest_form(long length, string header)
    {
        Span<byte> bytes = stackalloc byte[WebSocketFrameWriter.MaxHeaderSize];
        var size = WebSocketFrameWriter.WriteHeader(bytes, WebSocketOpcode.Binary, length);
        Assert.Equal(header, Convert.ToHexString(bytes[..size]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(1_000)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(200_000)]
    public void What_is_written_is_read_back_by_the_other_side(int size)
    {
        var payload = Enumerable.Range(0, size).Select(i => (byte)(i * 31)).ToArray();
        string[] expected = ["binary " + Convert.ToHexString(payload)];
        using var server = Reading.Server();
        using var client = Reading.Client();
        Assert.Equal(expected, Reading.Feed(server, Bytes(output => WebSocketFrameWriter.WriteMaskedFrame(output, WebSocketOpcode.Binary, payload, 0xCAFEBABE))));
        Assert.Equal(expected, Reading.Feed(client, Bytes(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Binary, payload))));
        Assert.Equal(
            Bytes(output => WebSocketFrameWriter.WriteMaskedFrame(output, WebSocketOpcode.Binary, payload, 0xCAFEBABE)),
            BytesInSmallPieces(output => WebSocketFrameWriter.WriteMaskedFrame(output, WebSocketOpcode.Binary, payload, 0xCAFEBABE)));
        Assert.Equal(
            Bytes(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Binary, payload)),
            BytesInSmallPieces(output => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Binary, payload)));
    }

    [Fact]
    public void A_close_frame_has_exactly_its_code_or_nothing()
    {
        Assert.Equal("8800", Hex(output => WebSocketFrameWriter.WriteClose(output, null)));
        Assert.Equal("880203E8", Hex(output => WebSocketFrameWriter.WriteClose(output, 1000)));
        Assert.Equal("8802138 7".Replace(" ", "", StringComparison.Ordinal), Hex(output => WebSocketFrameWriter.WriteClose(output, 4999)));
    }

    [Fact]
    public void Misuse_throws_and_writes_nothing()
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var code in new[] { -1, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_536 + 1000 })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrameWriter.WriteClose(output, code));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Ping, new byte[126]));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Ping, [], final: false));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Pong, [], compressed: true));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Continuation, [], compressed: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrameWriter.WriteFrame(output, (WebSocketOpcode)3, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrameWriter.WriteHeader(new byte[14], WebSocketOpcode.Text, -1));
        Assert.Equal(0, output.WrittenCount);
    }

    private static string Hex(Action<IBufferWriter<byte>> write) => Convert.ToHexString(Bytes(write));

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        using var output = new PooledBufferWriter();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] BytesInSmallPieces(Action<IBufferWriter<byte>> write)
    {
        var output = new SmallPieces();
        write(output);
        return [.. output.Bytes];
    }

    /// <summary>Gives no more room at once than it must, as a pipe near the end of its block does.</summary>
    private sealed class SmallPieces : IBufferWriter<byte>
    {
        private byte[] _piece = [];

        public List<byte> Bytes { get; } = [];

        public void Advance(int count) => Bytes.AddRange(_piece.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _piece = new byte[Math.Max(sizeHint, 7)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
