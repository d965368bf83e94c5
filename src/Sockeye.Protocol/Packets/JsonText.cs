using System.Buffers.Text;
using System.Text;

namespace Sockeye.Protocol.Packets;

/// <summary>Escape sequences in JSON strings (RFC 8259 section 7), for text that a JSON reader has already found to be well-formed.</summary>
internal static class JsonText
{
    /// <summary>The longest escape of one character, <c>\u0041</c>; so text never takes less than a sixth of its escaped length.</summary>
    public const int MaxExpansion = 6;

    /// <summary>Whether the inside of a JSON string means <paramref name="name"/>, however it is escaped.</summary>
    public static bool Means(ReadOnlySpan<byte> escaped, ReadOnlySpan<byte> name)
    {
        if (escaped.IndexOf((byte)'\\') < 0)
        {
            return escaped.SequenceEqual(name);
        }

        if (escaped.Length > name.Length * MaxExpansion)
        {
            return false;
        }

        Span<byte> plain = stackalloc byte[escaped.Length];
        return plain[..Unescape(escaped, plain)].SequenceEqual(name);
    }

    /// <summary>
    /// Writes the plain UTF-8 of the inside of a JSON string; <paramref name="destination"/> is at least as long. Half a surrogate pair becomes
    /// U+FFFD, as in every UTF-8 encoder of JavaScript; the reader's own methods would throw.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var slash = escaped.IndexOf((byte)'\\');
            var plain = slash < 0 ? escaped : escaped[..slash];
            plain.CopyTo(destination[written..]);
            written += plain.Length;
            if (slash < 0)
            {
                return written;
            }

            escaped = escaped[slash..];
            if (escaped[1] == 'u')
            {
                var rune = ReadUnicodeEscape(escaped, out var length, out _);
                written += rune.EncodeToUtf8(destination[written..]);
                escaped = escaped[length..];
            }
            else
            {
                destination[written++] = escaped[1] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    var self => self,
                };
                escaped = escaped[2..];
            }
        }
    }

    /// <summary>
    /// Brings escapes into the form of JSON.stringify, in place, and gives the new length: <c>\uD83D\uDE00</c> becomes the raw character, <c>\u001F</c>
    /// gets lower-case digits. System.Text.Json's most relaxed encoder still escapes everything outside the basic plane, in upper case.
    /// </summary>
    public static int Stringify(Span<byte> json)
    {
        var read = json.IndexOf((byte)'\\');
        if (read < 0)
        {
            return json.Length;
        }

        var written = read;
        while (read < json.Length)
        {
            ReadOnlySpan<byte> rest = json[read..];
            if (rest[1] != 'u')
            {
                rest[..2].CopyTo(json[written..]);
                written += 2;
                read += 2;
            }
            else
            {
                var rune = ReadUnicodeEscape(rest, out var length, out var lone);
                written += WriteCharacter(json[written..], rest[..length], rune, lone);
                read += length;
            }

            rest = json[read..];
            var plain = rest.IndexOf((byte)'\\');
            plain = plain < 0 ? rest.Length : plain;
            rest[..plain].CopyTo(json[written..]);
            written += plain;
            read += plain;
        }

        return written;
    }

    private static int WriteCharacter(Span<byte> destination, ReadOnlySpan<byte> escape, Rune rune, bool lone)
    {
        if (!lone && rune.Value >= ' ')
        {
            if (rune.Value is '"' or '\\')
            {
                destination[0] = (byte)'\\';
                destination[1] = (byte)rune.Value;
                return 2;
            }

            return rune.EncodeToUtf8(destination);
        }

        var shortForm = lone ? (byte)0 : rune.Value switch { '\b' => (byte)'b', '\f' => (byte)'f', '\n' => (byte)'n', '\r' => (byte)'r', '\t' => (byte)'t', _ => (byte)0 };
        if (shortForm != 0)
        {
            destination[0] = (byte)'\\';
            destination[1] = shortForm;
            return 2;
        }

        for (var i = 0; i < escape.Length; i++)
        {
            destination[i] = escape[i] is >= (byte)'A' and <= (byte)'F' ? (byte)(escape[i] | 0x20) : escape[i];
        }

        return escape.Length;
    }

    private static Rune ReadUnicodeEscape(ReadOnlySpan<byte> escape, out int length, out bool lone)
    {
        var first = ReadHex(escape[2..]);
        length = 6;
        lone = false;
        if (Rune.TryCreate(first, out var rune))
        {
            return rune;
        }

        if (char.IsHighSurrogate(first) && escape is [_, _, _, _, _, _, (byte)'\\', (byte)'u', ..] && Rune.TryCreate(first, ReadHex(escape[8..]), out rune))
        {
            length = 12;
            return rune;
        }

        lone = true;
        return Rune.ReplacementChar;
    }

    private static char ReadHex(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits[..4], out ushort value, out _, 'x') ? (char)value : throw new ArgumentException("Not the escape sequence of a JSON string.", nameof(digits));
}
