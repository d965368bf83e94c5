using System.Globalization;
using System.Text;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>Bytes as people read them: 16 a line, in hex and as ASCII.</summary>
internal static class HexDump
{
    private const int Width = 16;

    public static IEnumerable<string> Lines(ReadOnlyMemory<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at += Width)
        {
            yield return Line(at, bytes.Span[at..Math.Min(at + Width, bytes.Length)]);
        }
    }

    private static string Line(int offset, ReadOnlySpan<byte> bytes)
    {
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{offset:x4}  ");
        var text = new StringBuilder();
        for (var i = 0; i < Width; i++)
        {
            _ = i < bytes.Length ? line.Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2} ") : line.Append("   ");
            _ = i == (Width / 2) - 1 ? line.Append(' ') : line;
            _ = i < bytes.Length ? text.Append(bytes[i] is >= 0x20 and < 0x7f ? (char)bytes[i] : '.') : text;
        }

        return line.Append(' ').Append(text).ToString();
    }
}
