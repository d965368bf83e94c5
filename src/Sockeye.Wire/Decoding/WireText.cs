using System.Globalization;
using System.Text;

namespace Sockeye.Wire.Decoding;

/// <summary>Text for people.</summary>
internal static class WireText
{
    /// <summary>One line, without control characters, cut where it is too long.</summary>
    public static string Shorten(string text, int length)
    {
        var line = new StringBuilder(Math.Min(text.Length, length));
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, length)))
        {
            line.Append(char.IsControl(character) ? ' ' : character);
        }

        return text.Length > length ? line.Append('…').ToString() : line.ToString();
    }

    public static string Shorten(ReadOnlySpan<byte> utf8, int length) => Shorten(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, length * 4)]), length);

    public static string Bytes(long count) => count == 1 ? "1 byte" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} bytes");

    /// <summary>The first bytes, as hexadecimal digits.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes, int count = 16)
    {
        var hex = string.Join(' ', Convert.ToHexStringLower(bytes[..Math.Min(count, bytes.Length)]).Chunk(2).Select(pair => new string(pair)));
        return bytes.Length > count ? $"{hex} …" : hex;
    }
}
