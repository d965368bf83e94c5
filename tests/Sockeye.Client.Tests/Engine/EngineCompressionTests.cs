using System.Buffers.Binary;
using Sockeye.Client.Engine;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Engine;

/// <summary>permessage-deflate, seen on the wire.</summary>
public sealed class EngineCompressionTests
{
    [Theory]
    [InlineData("EIOC-T-23", true, 0, 2, true, true)]
    [InlineData("EIOC-T-24", true, 1024, 2, true, false)]
    [InlineData("large enough", true, 1024, 1100, true, true)]
    [InlineData("not wanted for this message", true, 0, 1100, false, false)]
    [InlineData("not offered", false, 0, 1100, true, false)]
    public async Task Messages_from_the_threshold_on_are_compressed(string id, bool offered, int threshold, int size, bool wanted, bool compressed)
    {
        Assert.NotEmpty(id);
        await using var host = await EngineHost.EchoAsync(options => options.PerMessageDeflate = new() { Threshold = int.MaxValue });
        await using var proxy = ChaosProxy.Start(host.Address);
        var seen = new List<byte>();
        proxy.Rules.OnPiece = (_, direction, piece) =>
        {
            if (direction == ProxyDirection.Up)
            {
                lock (seen)
                {
                    seen.AddRange(piece.Span);
                }
            }

            return Task.CompletedTask;
        };
        var handler = new RecordingHandler();
        var options = new EngineSocketOptions { Transports = [TransportType.WebSocket], PerMessageDeflate = offered, PerMessageDeflateThreshold = threshold };
        await using var socket = new EngineSocket(proxy.Address, options, handler);
        socket.Open();
        await handler.Messages.TakeAsync();
        var text = new string('a', size);
        socket.Send(System.Text.Encoding.UTF8.GetBytes(text), isBinary: false, wanted);
        Assert.Equal(text, await handler.Messages.TakeAsync());

        lock (seen)
        {
            // Behind the handshake stands the frame: FIN, text, and RSV1 if it is compressed (RFC 7692, section 6).
            var frame = seen.ToArray().AsSpan();
            frame = frame[(frame.IndexOf("\r\n\r\n"u8) + 4)..];
            Assert.Equal(compressed ? 0xC1 : 0x81, frame[0]);
            var length = frame[1] & 0x7F;
            length = length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(frame[2..]) : length;
            Assert.True(compressed && size > 100 ? length < size : length <= size + 10, $"{length} bytes");
        }
    }
}
