using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>RFC 6455 section 5.3.</summary>
public sealed class MaskTests
{
    [Fact]
    public void Every_length_offset_and_alignment_agrees_with_the_definition()
    {
        var random = new Random(5);
        var source = new byte[400];
        random.NextBytes(source);
        var target = new byte[400];
        Span<byte> key = [0x11, 0x22, 0x44, 0x88];
        for (var length = 0; length <= 300; length++)
        {
            for (var offset = 0; offset < 8; offset++)
            {
                var from = random.Next(64);
                var to = random.Next(64);
                random.NextBytes(target);
                var before = (byte[])target.Clone();
                WebSocketMask.Apply(source.AsSpan(from, length), target.AsSpan(to), 0x11224488, offset);
                for (var i = 0; i < target.Length; i++)
                {
                    var inside = i >= to && i < to + length;
                    var expected = inside ? source[from + i - to] ^ key[(offset + i - to) % 4] : before[i];
                    Assert.True(expected == target[i], $"length {length}, offset {offset}, byte {i - to}");
                }
            }
        }
    }

    [Fact]
    public void Masks_in_place_and_from_an_offset_beyond_32_bits()
    {
        var bytes = Enumerable.Range(0, 100).Select(i => (byte)i).ToArray();
        var copy = (byte[])bytes.Clone();
        WebSocketMask.Apply(copy, copy, 0xA1B2C3D4, 0x1_0000_0003);
        Assert.Equal(bytes[0] ^ 0xD4, copy[0]);
        Assert.Equal(bytes[1] ^ 0xA1, copy[1]);
        WebSocketMask.Apply(copy, copy, 0xA1B2C3D4, 3);
        Assert.Equal(bytes, copy);
    }
}
