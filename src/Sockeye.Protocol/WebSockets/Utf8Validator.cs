using System.Text.Unicode;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// Validates UTF-8 that comes in pieces cut anywhere (RFC 6455 section 8.1), and refuses at the first byte after which no continuation
/// could make it valid. Whole characters go through the vectorised check, only those cut by the end of a piece byte by byte.
/// </summary>
internal struct Utf8Validator
{
    private const byte LowestContinuation = 0x80;
    private const byte HighestContinuation = 0xBF;

    // What the character that the last piece ended in still needs: so many bytes, the next of them in this range. The range is narrower
    // than 80-BF only for the second byte after E0 (overlong), ED (surrogate), F0 (overlong) and F4 (above U+10FFFF): RFC 3629 section 4.
    private byte _missing;
    private byte _lowest;
    private byte _highest;

    /// <summary>Whether what came so far ends with a whole character.</summary>
    public readonly bool IsComplete => _missing == 0;

    /// <summary>Takes the next piece. False: the text is not UTF-8 and cannot become it.</summary>
    public bool Append(ReadOnlySpan<byte> piece)
    {
        var taken = 0;
        while (_missing > 0 && taken < piece.Length)
        {
            if (!AppendContinuation(piece[taken++]))
            {
                return false;
            }
        }

        piece = piece[taken..];
        var cut = StartOfCutCharacter(piece);
        return Utf8.IsValid(piece[..cut]) && AppendCutCharacter(piece[cut..]);
    }

    /// <summary>Where the character begins that continues after the end; the length if the end is the end of a character, or nonsense.</summary>
    private static int StartOfCutCharacter(ReadOnlySpan<byte> piece)
    {
        for (var size = 1; size <= 3 && size <= piece.Length; size++)
        {
            var value = piece[^size];
            if (value < 0x80)
            {
                break;
            }

            if (value >= 0xC0)
            {
                return SequenceLength(value) > size ? piece.Length - size : piece.Length;
            }
        }

        return piece.Length;
    }

    private static int SequenceLength(byte lead) => lead switch
    {
        < 0xC2 or > 0xF4 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        _ => 4,
    };

    private bool AppendCutCharacter(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            return true;
        }

        var lead = start[0];
        _missing = (byte)(SequenceLength(lead) - 1);
        _lowest = lead switch { 0xE0 => 0xA0, 0xF0 => 0x90, _ => LowestContinuation };
        _highest = lead switch { 0xED => 0x9F, 0xF4 => 0x8F, _ => HighestContinuation };
        foreach (var value in start[1..])
        {
            if (!AppendContinuation(value))
            {
                return false;
            }
        }

        return true;
    }

    private bool AppendContinuation(byte value)
    {
        if (value < _lowest || value > _highest)
        {
            return false;
        }

        _missing--;
        _lowest = LowestContinuation;
        _highest = HighestContinuation;
        return true;
    }
}
