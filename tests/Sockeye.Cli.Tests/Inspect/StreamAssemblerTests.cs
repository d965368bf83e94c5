using System.Globalization;
using Sockeye.Cli.Inspect.Tcp;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>Segments in any order become the stream that was sent.</summary>
public sealed class StreamAssemblerTests
{
    private readonly StreamAssembler _stream = new();
    private readonly List<byte> _out = [];

    [Fact]
    public void What_comes_in_order_goes_out_at_once()
    {
        _stream.Start(100);
        Assert.Equal(SegmentFate.InOrder, Add(100, "abc"));
        Assert.Equal("abc", Out);
        Assert.Equal(SegmentFate.InOrder, Add(103, "de"));
        Assert.Equal("abcde", Out);
        Assert.Equal(105u, _stream.Next);
    }

    [Fact]
    public void What_comes_early_waits_for_what_is_missing()
    {
        _stream.Start(0);
        Assert.Equal(SegmentFate.Ahead, Add(3, "def"));
        Assert.Equal("", Out);
        Assert.Equal(3, _stream.Gap);
        Assert.Equal(SegmentFate.InOrder, Add(6, "ghi"));
        Assert.Equal(SegmentFate.FillsGap, Add(0, "abc"));
        Assert.Equal("abcdefghi", Out);
        Assert.Equal(0, _stream.Gap);
    }

    [Theory]
    [InlineData(0, "abc", nameof(SegmentFate.Repeated))]
    [InlineData(1, "bc", nameof(SegmentFate.Repeated))]
    [InlineData(6, "ghi", nameof(SegmentFate.Repeated))]
    [InlineData(1, "bcde", nameof(SegmentFate.Overlaps))]
    [InlineData(3, "def", nameof(SegmentFate.FillsGap))]
    [InlineData(3, "defghiXY", nameof(SegmentFate.FillsGap))]
    [InlineData(9, "jk", nameof(SegmentFate.InOrder))]
    [InlineData(12, "mn", nameof(SegmentFate.Ahead))]
    public void A_segment_is_judged_by_what_was_seen(uint sequence, string data, string fate)
    {
        _stream.Start(0);
        Add(0, "abc");
        Add(6, "ghi");
        Assert.Equal(fate, Add(sequence, data).ToString());
    }

    [Fact]
    public void Of_bytes_that_come_twice_the_first_copy_counts()
    {
        _stream.Start(0);
        Add(4, "EF");
        Add(1, "bcdefghi");
        Add(0, "aXX");
        Assert.Equal("abcdEFghi", Out);
    }

    [Fact]
    public void Sequence_numbers_wrap_around()
    {
        _stream.Start(uint.MaxValue - 1);
        Add(1, "def");
        Assert.Equal(SegmentFate.FillsGap, Add(uint.MaxValue - 1, "abc"));
        Assert.Equal("abcdef", Out);
        Assert.Equal(SegmentFate.Repeated, Add(uint.MaxValue, "bc"));
    }

    [Fact]
    public void What_is_given_up_is_counted_and_the_rest_goes_on()
    {
        _stream.Start(0);
        Add(0, "abc");
        Add(5, "fg");
        Assert.Equal(2, _stream.GiveUp());
        Drain();
        Assert.Equal("abcfg", Out);
        Assert.Equal(SegmentFate.Repeated, Add(3, "de"));
        Assert.Equal(3, _stream.GiveUp(until: 10));
        Assert.Equal(10, _stream.Position);
    }

    [Fact]
    public void What_waits_is_bounded_in_bytes_and_in_pieces()
    {
        _stream.Start(0);
        var large = new byte[1024 * 1024];
        for (uint i = 0; i < 16; i++)
        {
            _stream.Add(10 + (i * (uint)large.Length), large, 1);
        }

        Assert.False(_stream.IsOverfull);
        _stream.Add(10 + (16 * (uint)large.Length), large, 1);
        Assert.True(_stream.IsOverfull);

        var second = new StreamAssembler();
        second.Start(0);
        for (uint i = 0; i < 20_000 && !second.IsOverfull; i++)
        {
            second.Add(10 + (2 * i), new byte[1], 1);
        }

        Assert.True(second.IsOverfull);
    }

    [Fact]
    public void Any_order_with_copies_and_overlaps_gives_the_stream()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var sent = new byte[random.Next(1, 400)];
            random.NextBytes(sent);
            var start = (uint)random.NextInt64(uint.MaxValue);
            var stream = new StreamAssembler();
            stream.Start(start);
            List<byte> got = [];
            for (var i = 0; i < 100 || got.Count < sent.Length; i++)
            {
                var from = random.Next(sent.Length);
                var length = random.Next(1, Math.Min(60, sent.Length - from) + 1);
                stream.Add(unchecked(start + (uint)from), sent.AsMemory(from, length), i);
                while (stream.TryTake(out var data, out _))
                {
                    got.AddRange(data.Span);
                }
            }

            Assert.True(sent.AsSpan().SequenceEqual(got.ToArray()), string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        }
    }

    private string Out => string.Concat(_out.Select(octet => (char)octet));

    private SegmentFate Add(uint sequence, string data)
    {
        var fate = _stream.Classify(sequence, data.Length);
        _stream.Add(sequence, data.Select(c => (byte)c).ToArray(), 1);
        Drain();
        return fate;
    }

    private void Drain()
    {
        while (_stream.TryTake(out var bytes, out _))
        {
            _out.AddRange(bytes.Span);
        }
    }
}
