using System.Buffers;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Tests.Buffers;

public sealed class PooledBufferWriterTests
{
    [Fact]
    public void Starts_empty()
    {
        using var writer = new PooledBufferWriter();
        Assert.Equal(0, writer.WrittenCount);
        Assert.True(writer.WrittenSpan.IsEmpty);
        Assert.True(writer.WrittenMemory.IsEmpty);
        Assert.True(writer.WrittenBytes.IsEmpty);
    }

    [Fact]
    public void Keeps_what_was_written_while_it_grows()
    {
        using var writer = new PooledBufferWriter();
        var random = new Random(5);
        var expected = new List<byte>();
        for (var i = 0; i < 500; i++)
        {
            var piece = new byte[random.Next(0, 400)];
            random.NextBytes(piece);
            if (i % 2 == 0)
            {
                piece.CopyTo(writer.GetSpan(piece.Length));
            }
            else
            {
                piece.CopyTo(writer.GetMemory(piece.Length));
            }

            writer.Advance(piece.Length);
            expected.AddRange(piece);
            Assert.Equal(expected.Count, writer.WrittenCount);
        }

        Assert.Equal(expected.ToArray(), writer.WrittenSpan.ToArray());
        Assert.Equal(expected.ToArray(), writer.WrittenMemory.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(100_000)]
    public void Gives_at_least_the_room_that_was_asked_for_and_never_none(int hint)
    {
        using var writer = new PooledBufferWriter();
        for (var round = 0; round < 3; round++)
        {
            var room = writer.GetSpan(hint).Length;
            Assert.True(room >= Math.Max(hint, 1));
            writer.Advance(room);
        }
    }

    [Fact]
    public void Written_bytes_may_be_changed_in_place()
    {
        using var writer = new PooledBufferWriter();
        writer.Write("abc"u8);
        writer.WrittenBytes[1] = (byte)'x';
        Assert.Equal("axc"u8, writer.WrittenSpan);
    }

    [Fact]
    public void Clear_forgets_and_keeps_the_room()
    {
        using var writer = new PooledBufferWriter();
        writer.Write(new byte[1000]);
        var capacity = writer.GetSpan(1).Length + 1000;
        writer.Clear();
        Assert.Equal(0, writer.WrittenCount);
        Assert.Equal(capacity, writer.GetSpan(1).Length);
    }

    [Fact]
    public void Truncate_forgets_the_end()
    {
        using var writer = new PooledBufferWriter();
        writer.Write("abcd"u8);
        writer.Truncate(4);
        writer.Truncate(1);
        writer.Write("x"u8);
        Assert.Equal("ax"u8, writer.WrittenSpan);
        writer.Truncate(0);
        Assert.Equal(0, writer.WrittenCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Truncate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Truncate(-1));
    }

    [Fact]
    public void Can_be_used_again_after_Dispose()
    {
        var writer = new PooledBufferWriter();
        writer.Write("abc"u8);
        writer.Dispose();
        writer.Dispose();
        Assert.Equal(0, writer.WrittenCount);
        writer.Write("de"u8);
        Assert.Equal("de"u8, writer.WrittenSpan);
        writer.Dispose();
    }

    [Fact]
    public void Misuse_throws_at_once()
    {
        using var writer = new PooledBufferWriter();
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.GetMemory(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(writer.GetSpan(10).Length + 1));
    }
}
