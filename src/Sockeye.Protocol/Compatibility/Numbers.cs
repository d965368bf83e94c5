using System.Globalization;
using System.Text;

namespace Sockeye.Protocol.Compatibility;

/// <summary>Numbers and dates as UTF-8 and as bits.</summary>
internal static class Numbers
{
    // The longest is a date, of 26 characters.
    private const int MaxCharacters = 32;

    extension(double)
    {
        public static double Parse(ReadOnlySpan<byte> utf8Text, NumberStyles style, IFormatProvider? provider) =>
            double.Parse(Encoding.UTF8.GetString(utf8Text), style, provider);
    }

    extension(char)
    {
        public static bool IsAsciiDigit(char c) => c is >= '0' and <= '9';

        public static bool IsAsciiHexDigit(char c) => c is (>= '0' and <= '9') or (>= 'a' and <= 'f') or (>= 'A' and <= 'F');
    }

    extension(BitConverter)
    {
        public static float UInt32BitsToSingle(uint value) => BitConverter.Int32BitsToSingle((int)value);

        public static double UInt64BitsToDouble(ulong value) => BitConverter.Int64BitsToDouble((long)value);

        public static ulong DoubleToUInt64Bits(double value) => (ulong)BitConverter.DoubleToInt64Bits(value);
    }

    public static bool TryFormat(this int value, Span<byte> utf8Destination, out int bytesWritten, IFormatProvider? provider) =>
        TryFormat((long)value, utf8Destination, out bytesWritten, provider);

    public static bool TryFormat(this long value, Span<byte> utf8Destination, out int bytesWritten, IFormatProvider? provider)
    {
        Span<char> text = stackalloc char[MaxCharacters];
        value.TryFormat(text, out var length, provider: provider);
        return TryEncode(text[..length], utf8Destination, out bytesWritten);
    }

    public static bool TryFormat(this double value, Span<byte> utf8Destination, out int bytesWritten, IFormatProvider? provider)
    {
        // Without "R" older runtimes give 15 digits, which are not always enough to read the same number again.
        Span<char> text = stackalloc char[MaxCharacters];
        value.TryFormat(text, out var length, "R", provider);
        return TryEncode(text[..length], utf8Destination, out bytesWritten);
    }

    public static bool TryFormat(this DateTime value, Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<char> text = stackalloc char[MaxCharacters];
        value.TryFormat(text, out var length, format, provider);
        return TryEncode(text[..length], utf8Destination, out bytesWritten);
    }

    private static bool TryEncode(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = text.Length <= destination.Length ? Encoding.UTF8.GetBytes(text, destination) : 0;
        return text.Length <= destination.Length;
    }
}
