using System.Buffers;

namespace Sockeye.Protocol.Engine;

/// <summary>
/// JSONP polling, for browsers that know no cross-origin requests: a poll's answer is a script, <c>___eio[0]("6:4hello");</c>, and a POST is a form whose field <c>d</c> has the
/// payload.
/// </summary>
public static class JsonpCodec
{
    // Quotation mark, backslash, what is below a space, and the first byte of U+2028 and U+2029.
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static value => (byte)value), (byte)'"', (byte)'\\', 0xE2]);

    /// <summary>The script that hands a payload to the client: <c>___eio[0]("…");</c>, as JSON.stringify writes it, U+2028 and U+2029 escaped because JavaScript was no superset of JSON.</summary>
    /// <param name="output">Where the script is written.</param>
    /// <param name="index">The client's <c>j</c>: the number of its callback. What is no digit is left out.</param>
    /// <param name="payload">The payload, UTF-8.</param>
    public static void WriteScript(IBufferWriter<byte> output, ReadOnlySpan<char> index, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("___eio["u8);
        foreach (var digit in index)
        {
            if (char.IsAsciiDigit(digit))
            {
                output.Write([(byte)digit]);
            }
        }

        output.Write("](\""u8);
        while (IndexOfEscaped(payload) is >= 0 and var next)
        {
            output.Write(payload[..next]);
            payload = payload[(next + WriteEscaped(output, payload[next..]))..];
        }

        output.Write(payload);
        output.Write("\");"u8);
    }

    /// <summary>
    /// Takes the payload out of a form body, in place: <c>d=6%3A4hello</c>. Gives its length; -1 if there is no field <c>d</c>, or more than one, which the official server overlooks.
    /// The client writes a newline as <c>\n</c>, and those two characters as <c>\\n</c>, because browsers change newlines in forms.
    /// </summary>
    public static int ReadFormInPlace(Span<byte> form)
    {
        var (start, length) = (-1, 0);
        for (var position = 0; position <= form.Length;)
        {
            var end = form[position..].IndexOf((byte)'&');
            var field = end < 0 ? form[position..] : form.Slice(position, end);
            if (field is [(byte)'d', (byte)'=', ..])
            {
                if (start >= 0)
                {
                    return -1;
                }

                (start, length) = (position + 2, field.Length - 2);
            }

            position += field.Length + 1;
        }

        if (start < 0)
        {
            return -1;
        }

        var payload = form.Slice(start, length);
        length = UnescapeNewlines(payload[..DecodePercent(payload)]);
        payload[..length].CopyTo(form);
        return length;
    }

    private static int IndexOfEscaped(ReadOnlySpan<byte> text)
    {
        var from = 0;
        while (text[from..].IndexOfAny(Escaped) is >= 0 and var next)
        {
            if (text[from + next] != 0xE2 || IsLineSeparator(text[(from + next)..]))
            {
                return from + next;
            }

            from += next + 1;
        }

        return -1;
    }

    private static bool IsLineSeparator(ReadOnlySpan<byte> text) => text is [0xE2, 0x80, 0xA8 or 0xA9, ..];

    private static int WriteEscaped(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        switch (text[0])
        {
            case 0xE2:
                output.Write(text[2] == 0xA8 ? "\\u2028"u8 : "\\u2029"u8);
                return 3;
            case (byte)'"':
                output.Write("\\\""u8);
                break;
            case (byte)'\\':
                output.Write("\\\\"u8);
                break;
            case (byte)'\b':
                output.Write("\\b"u8);
                break;
            case (byte)'\f':
                output.Write("\\f"u8);
                break;
            case (byte)'\n':
                output.Write("\\n"u8);
                break;
            case (byte)'\r':
                output.Write("\\r"u8);
                break;
            case (byte)'\t':
                output.Write("\\t"u8);
                break;
            default:
                output.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', (byte)('0' + (text[0] >> 4)), "0123456789abcdef"u8[text[0] & 0xF]]);
                break;
        }

        return 1;
    }

    private static int DecodePercent(Span<byte> text)
    {
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var value = text[i];
            if (value == '+')
            {
                value = (byte)' ';
            }
            else if (value == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                value = (byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]));
                i += 2;
            }

            text[written++] = value;
        }

        return written;
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static int UnescapeNewlines(Span<byte> text)
    {
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i..])
            {
                case [(byte)'\\', (byte)'\\', (byte)'n', ..]:
                    text[written++] = (byte)'\\';
                    text[written++] = (byte)'n';
                    i += 2;
                    break;
                case [(byte)'\\', (byte)'n', ..]:
                    text[written++] = (byte)'\n';
                    i++;
                    break;
                default:
                    text[written++] = text[i];
                    break;
            }
        }

        return written;
    }
}
