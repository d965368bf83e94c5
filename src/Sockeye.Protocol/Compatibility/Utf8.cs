using System.Runtime.InteropServices;

namespace Sockeye.Protocol.Compatibility;

/// <summary>System.Text.Unicode.Utf8, as far as it is used here.</summary>
internal static class Utf8
{
    private const ulong HighBits = 0x8080_8080_8080_8080;

    /// <summary>Whether the bytes are well-formed UTF-8 (RFC 3629 section 4).</summary>
    public static bool IsValid(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            while (value.Length >= sizeof(ulong) && (MemoryMarshal.Read<ulong>(value) & HighBits) == 0)
            {
                value = value[sizeof(ulong)..];
            }

            if (value.IsEmpty)
            {
                return true;
            }

            var length = SequenceLength(value);
            if (length == 0)
            {
                return false;
            }

            value = value[length..];
        }
    }

    /// <summary>The bytes of the first character; 0: they are none.</summary>
    private static int SequenceLength(ReadOnlySpan<byte> text)
    {
        var lead = text[0];
        if (lead < 0x80)
        {
            return 1;
        }

        var length = lead switch { < 0xC2 or > 0xF4 => 0, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
        if (length == 0 || length > text.Length)
        {
            return 0;
        }

        // The second byte has a narrower range where the character would be overlong, a surrogate, or above U+10FFFF.
        var lowest = lead switch { 0xE0 => 0xA0, 0xF0 => 0x90, _ => 0x80 };
        var highest = lead switch { 0xED => 0x9F, 0xF4 => 0x8F, _ => 0xBF };
        if (text[1] < lowest || text[1] > highest)
        {
            return 0;
        }

        for (var i = 2; i < length; i++)
        {
            if (text[i] is < 0x80 or > 0xBF)
            {
                return 0;
            }
        }

        return length;
    }
}
