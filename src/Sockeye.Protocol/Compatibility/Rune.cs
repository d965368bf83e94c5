namespace Sockeye.Protocol.Compatibility;

/// <summary>System.Text.Rune, as far as it is used here: a Unicode character that is no surrogate.</summary>
internal readonly struct Rune
{
    private Rune(int value) => Value = value;

    public static Rune ReplacementChar => new(0xFFFD);

    public int Value { get; }

    public static bool TryCreate(char value, out Rune rune)
    {
        rune = new Rune(value);
        return !char.IsSurrogate(value);
    }

    public static bool TryCreate(char high, char low, out Rune rune)
    {
        var isPair = char.IsSurrogatePair(high, low);
        rune = new Rune(isPair ? char.ConvertToUtf32(high, low) : 0);
        return isPair;
    }

    /// <summary>Writes the 1 to 4 bytes of the character (RFC 3629 section 3) and says how many.</summary>
    public int EncodeToUtf8(Span<byte> destination)
    {
        if (Value < 0x80)
        {
            destination[0] = (byte)Value;
            return 1;
        }

        var length = Value < 0x800 ? 2 : Value < 0x10000 ? 3 : 4;
        var rest = Value;
        for (var i = length - 1; i > 0; i--)
        {
            destination[i] = (byte)(0x80 | (rest & 0x3F));
            rest >>= 6;
        }

        destination[0] = (byte)((length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0) | rest);
        return length;
    }
}
