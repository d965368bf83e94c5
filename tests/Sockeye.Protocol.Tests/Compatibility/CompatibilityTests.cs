using System.Buffers;
using System.Globalization;
using System.Text;
using Ours = Sockeye.Protocol.Compatibility;

namespace Sockeye.Protocol.Tests.Compatibility;

/// <summary>What the build for netstandard2.1 has in place of .NET's own gives the same results as .NET's own.</summary>
public sealed class CompatibilityTests
{
    [Fact]
    public void Every_text_of_one_two_or_three_bytes_is_valid_or_not_as_in_dotnet()
    {
        Span<byte> text = stackalloc byte[3];
        for (var value = 0; value < 1 << 24; value++)
        {
            (text[0], text[1], text[2]) = ((byte)(value >> 16), (byte)(value >> 8), (byte)value);
            for (var length = value < 1 << 8 ? 1 : value < 1 << 16 ? 2 : 3; length <= 3; length++)
            {
                if (Ours.Utf8.IsValid(text[^length..]) != System.Text.Unicode.Utf8.IsValid(text[^length..]))
                {
                    Assert.Fail(Convert.ToHexString(text[^length..]));
                }
            }
        }
    }

    [Fact]
    public void Texts_with_four_bytes_and_with_runs_of_ascii_are_valid_or_not_as_in_dotnet()
    {
        byte[] edges = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF];
        var texts = from a in edges from b in edges from c in edges from d in edges select new[] { a, b, c, d };
        foreach (var text in texts)
        {
            for (var before = 0; before <= 9; before += 3)
            {
                byte[] longer = [.. Enumerable.Repeat((byte)'a', before), .. text, .. "12345678"u8];
                if (Ours.Utf8.IsValid(longer) != System.Text.Unicode.Utf8.IsValid(longer) || Ours.Utf8.IsValid(text) != System.Text.Unicode.Utf8.IsValid(text))
                {
                    Assert.Fail(Convert.ToHexString(longer));
                }
            }
        }
    }

    [Fact]
    public void Every_character_is_encoded_as_in_dotnet_and_surrogates_are_none()
    {
        Span<byte> ours = stackalloc byte[4];
        Span<byte> theirs = stackalloc byte[4];
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (value is >= 0xD800 and <= 0xDFFF)
            {
                Assert.False(Ours.Rune.TryCreate((char)value, out _));
                continue;
            }

            var text = char.ConvertFromUtf32(value);
            Assert.True(text.Length == 1 ? Ours.Rune.TryCreate(text[0], out var rune) : Ours.Rune.TryCreate(text[0], text[1], out rune));
            var written = rune.EncodeToUtf8(ours);
            Assert.Equal(new Rune(value).EncodeToUtf8(theirs), written);
            Assert.Equal(value, rune.Value);
            Assert.True(ours[..written].SequenceEqual(theirs[..written]));
        }

        Assert.False(Ours.Rune.TryCreate('\uDC00', '\uD800', out _));
        Assert.False(Ours.Rune.TryCreate('\uD800', 'a', out _));
        Assert.Equal(Rune.ReplacementChar.Value, Ours.Rune.ReplacementChar.Value);
    }

    [Fact]
    public void The_lowest_priority_comes_first_as_in_dotnet()
    {
        var random = new Random(5);
        var (ours, theirs) = (new Ours.PriorityQueue<int, (int, int)>(), new PriorityQueue<int, (int, int)>());
        for (var i = 0; i < 20_000; i++)
        {
            if (random.Next(5) < 3)
            {
                var priority = (random.Next(100), i);
                ours.Enqueue(i, priority);
                theirs.Enqueue(i, priority);
            }
            else if (theirs.TryPeek(out var element, out var first))
            {
                Assert.True(ours.TryPeek(out var ourElement, out var ourFirst));
                Assert.Equal((element, first), (ourElement, ourFirst));
                Assert.Equal(theirs.Dequeue(), ours.Dequeue());
            }
            else
            {
                Assert.False(ours.TryPeek(out _, out _));
            }

            Assert.Equal(theirs.Count, ours.Count);
        }

        ours.Clear();
        Assert.Equal(0, ours.Count);
    }

    [Fact]
    public void Numbers_and_dates_are_written_as_in_dotnet()
    {
        var random = new Random(7);
        Span<byte> utf8 = stackalloc byte[32];
        for (var i = 0; i < 10_000; i++)
        {
            var bits = random.NextInt64(long.MinValue, long.MaxValue);
            Assert.True(Ours.Numbers.TryFormat(bits, utf8, out var length, CultureInfo.InvariantCulture));
            Assert.Equal(bits.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(utf8[..length]));

            var real = BitConverter.Int64BitsToDouble(bits);
            Assert.True(Ours.Numbers.TryFormat(real, utf8, out length, CultureInfo.InvariantCulture));
            Assert.Equal(real.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(utf8[..length]));
        }

        Assert.True(Ours.Numbers.TryFormat(int.MinValue, utf8, out var written, CultureInfo.InvariantCulture));
        Assert.Equal("-2147483648", Encoding.UTF8.GetString(utf8[..written]));
        Assert.True(Ours.Numbers.TryFormat(DateTime.UnixEpoch, utf8, out written, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        Assert.Equal("1970-01-01T00:00:00.000Z", Encoding.UTF8.GetString(utf8[..written]));
        Assert.False(Ours.Numbers.TryFormat(1234, utf8[..3], out written, CultureInfo.InvariantCulture));
        Assert.Equal(0, written);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("0123456789")]
    [InlineData("   [1]")]
    [InlineData("12,34\"5\\")]
    [InlineData("ünïcode")]
    public void Searches_find_what_dotnet_finds(string text)
    {
        ReadOnlySpan<byte> utf8 = Encoding.UTF8.GetBytes(text);
        Assert.Equal(utf8.IndexOfAny(SearchValues.Create(",\"\\"u8)), Ours.Searches.IndexOfAny(utf8, Ours.SearchValues.Create(",\"\\"u8)));
        Assert.Equal(utf8.IndexOfAnyExcept(" \t"u8), Ours.Searches.IndexOfAnyExcept(utf8, " \t"u8));
        Assert.Equal(utf8.IndexOfAnyInRange((byte)'4', (byte)'6'), Ours.Searches.IndexOfAnyInRange(utf8, (byte)'4', (byte)'6'));
        Assert.Equal(utf8.IndexOfAnyExceptInRange((byte)'0', (byte)'9'), Ours.Searches.IndexOfAnyExceptInRange(utf8, (byte)'0', (byte)'9'));
        Assert.Equal(utf8.Contains((byte)','), Ours.Searches.Contains(utf8, (byte)','));
    }
}
