using System.Runtime.CompilerServices;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// A Huffman code of RFC 1951 section 3.2.2, made from the lengths of its codes. Codes up to nine bits are one look into a table, the rare
/// longer ones are found bit by bit.
/// </summary>
internal readonly ref struct HuffmanCode
{
    /// <summary>How many entries a caller must provide for a code of so many symbols.</summary>
    public static int StorageSize(int symbols) => FastSize + MaxLength + 1 + symbols;

    public const int MaxLength = 15;

    private const int FastBits = 9;
    private const int FastSize = 1 << FastBits;
    private const int LengthBits = 4;

    // By the next nine bits: the symbol above, its length in the lowest four bits; 0 when the code is longer or no code begins so.
    private readonly ReadOnlySpan<ushort> _fast;

    // How many codes there are of each length, and all symbols in the order of their codes.
    private readonly ReadOnlySpan<ushort> _counts;
    private readonly ReadOnlySpan<ushort> _symbols;

    private HuffmanCode(ReadOnlySpan<ushort> storage)
    {
        _fast = storage[..FastSize];
        _counts = storage.Slice(FastSize, MaxLength + 1);
        _symbols = storage[(FastSize + MaxLength + 1)..];
    }

    /// <summary>A code whose storage <see cref="TryBuild"/> has filled.</summary>
    public static HuffmanCode Over(ReadOnlySpan<ushort> storage) => new(storage);

    /// <summary>
    /// Builds a code. Like zlib, refuses one with more codes than bits allow, and one with fewer unless <paramref name="mayBeIncomplete"/>
    /// and it is empty or a single code of one bit (a block with one distance, or none).
    /// </summary>
    public static bool TryBuild(ReadOnlySpan<byte> lengths, Span<ushort> storage, bool mayBeIncomplete)
    {
        var fast = storage[..FastSize];
        var counts = storage.Slice(FastSize, MaxLength + 1);
        var symbols = storage[(FastSize + MaxLength + 1)..];
        fast.Clear();
        counts.Clear();
        foreach (var length in lengths)
        {
            counts[length]++;
        }

        counts[0] = 0;
        var free = 1;
        Span<ushort> nextCode = stackalloc ushort[MaxLength + 1];
        Span<ushort> nextIndex = stackalloc ushort[MaxLength + 1];
        nextCode[0] = nextIndex[0] = 0;
        for (var length = 1; length <= MaxLength; length++)
        {
            free = (free << 1) - counts[length];
            if (free < 0)
            {
                return false;
            }

            nextCode[length] = (ushort)((nextCode[length - 1] + counts[length - 1]) << 1);
            nextIndex[length] = (ushort)(nextIndex[length - 1] + counts[length - 1]);
        }

        var total = nextIndex[MaxLength] + counts[MaxLength];
        if (free > 0 && !(mayBeIncomplete && (total == 0 || (total == 1 && counts[1] == 1))))
        {
            return false;
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            var length = lengths[symbol];
            if (length == 0)
            {
                continue;
            }

            symbols[nextIndex[length]++] = (ushort)symbol;
            var code = nextCode[length]++;
            if (length > FastBits)
            {
                continue;
            }

            for (var entry = Reverse(code, length); entry < FastSize; entry += 1 << length)
            {
                fast[entry] = (ushort)((symbol << LengthBits) | length);
            }
        }

        return true;
    }

    /// <summary>Says which symbol the next 15 bits begin with, and how long its code is; 0 when no code begins so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(uint ahead, out int symbol)
    {
        var entry = _fast[(int)(ahead & (FastSize - 1))];
        symbol = entry >> LengthBits;
        return entry != 0 ? entry & ((1 << LengthBits) - 1) : FindLong(ahead, out symbol);
    }

    private int FindLong(uint ahead, out int symbol)
    {
        int code = 0, first = 0, index = 0;
        for (var length = 1; length <= MaxLength; length++)
        {
            code |= (int)(ahead & 1);
            ahead >>= 1;
            var count = _counts[length];
            if (code - first < count)
            {
                symbol = _symbols[index + code - first];
                return length;
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        symbol = 0;
        return 0;
    }

    private static int Reverse(int code, int length)
    {
        var reversed = 0;
        for (var i = 0; i < length; i++)
        {
            reversed = (reversed << 1) | ((code >> i) & 1);
        }

        return reversed;
    }
}
