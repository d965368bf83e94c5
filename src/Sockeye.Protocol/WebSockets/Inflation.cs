namespace Sockeye.Protocol.WebSockets;

/// <summary>Decodes the blocks of a compressed message (RFC 1951 section 3.2).</summary>
internal static class Inflation
{
    private const int Literals = 288;
    private const int Distances = 32;
    private const int EndOfBlock = 256;
    private const int CodeLengths = 19;

    // What stands for lengths 257-285 and distances 0-29: a base and how many extra bits are added (3.2.5).
    private static readonly ushort[] LengthBase =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static readonly byte[] LengthExtra =
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static readonly ushort[] DistanceBase =
    [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ];

    private static readonly byte[] DistanceExtra =
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    // The order in which a dynamic block gives the lengths of its code length code (3.2.7).
    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static readonly ushort[] FixedLiterals = BuildFixed(Literals, symbol => symbol switch { < 144 => 8, < 256 => 9, < 280 => 7, _ => 8 });
    private static readonly ushort[] FixedDistances = BuildFixed(Distances, _ => 5);

    public static WebSocketError Run(ReadOnlySpan<byte> compressed, scoped ref InflateWindow window)
    {
        var bits = new DeflateBits(compressed);
        Span<ushort> literals = stackalloc ushort[HuffmanCode.StorageSize(Literals)];
        Span<ushort> distances = stackalloc ushort[HuffmanCode.StorageSize(Distances)];
        while (!bits.AtEnd)
        {
            if (!bits.TryRead(1, out var final) || !bits.TryRead(2, out var type))
            {
                return WebSocketError.InvalidCompression;
            }

            var error = type switch
            {
                0 => CopyStored(ref bits, ref window),
                1 => Decode(ref bits, HuffmanCode.Over(FixedLiterals), HuffmanCode.Over(FixedDistances), ref window),
                2 when TryReadCodes(ref bits, literals, distances) => Decode(ref bits, HuffmanCode.Over(literals), HuffmanCode.Over(distances), ref window),
                _ => WebSocketError.InvalidCompression,
            };
            if (error != WebSocketError.None)
            {
                return error;
            }

            if (final == 1)
            {
                // A final block ends a deflate stream, not the message: the next stream begins at the next byte (RFC 7692 section 7.2.3.4). The
                // window goes on: it belongs to the connection (7.1.1), and a stream that refers to nothing before itself does not mind. A
                // sender that forgot the empty block behind a final one has said all it wanted.
                bits.AlignToByte();
                if (bits.AtTail)
                {
                    break;
                }
            }
        }

        return WebSocketError.None;
    }

    private static WebSocketError CopyStored(scoped ref DeflateBits bits, scoped ref InflateWindow window)
    {
        bits.AlignToByte();
        if (!bits.TryRead(16, out var length) || !bits.TryRead(16, out var complement) || (length ^ complement) != 0xFFFF)
        {
            return WebSocketError.InvalidCompression;
        }

        while (length > 0)
        {
            var room = window.Reserve(length);
            if (room.IsEmpty)
            {
                return WebSocketError.MessageTooBig;
            }

            var copied = bits.CopyBytes(room);
            window.Advance(copied);
            length -= copied;
            if (copied < room.Length)
            {
                return WebSocketError.InvalidCompression;
            }
        }

        return WebSocketError.None;
    }

    private static WebSocketError Decode(scoped ref DeflateBits bits, scoped HuffmanCode literals, scoped HuffmanCode distances, scoped ref InflateWindow window)
    {
        while (true)
        {
            bits.Fill();
            if (!bits.TryReadSymbol(literals, out var symbol))
            {
                return WebSocketError.InvalidCompression;
            }

            if (symbol < EndOfBlock)
            {
                if (!window.TryAppend((byte)symbol))
                {
                    return WebSocketError.MessageTooBig;
                }

                continue;
            }

            if (symbol == EndOfBlock)
            {
                return WebSocketError.None;
            }

            symbol -= EndOfBlock + 1;
            if (symbol >= LengthBase.Length
                || !bits.TryRead(LengthExtra[symbol], out var extraLength)
                || !bits.TryReadSymbol(distances, out var distanceSymbol)
                || distanceSymbol >= DistanceBase.Length
                || !bits.TryRead(DistanceExtra[distanceSymbol], out var extraDistance))
            {
                return WebSocketError.InvalidCompression;
            }

            var error = window.Repeat(DistanceBase[distanceSymbol] + extraDistance, LengthBase[symbol] + extraLength);
            if (error != WebSocketError.None)
            {
                return error;
            }
        }
    }

    /// <summary>Reads the codes at the head of a dynamic block (3.2.7).</summary>
    private static bool TryReadCodes(scoped ref DeflateBits bits, scoped Span<ushort> literals, scoped Span<ushort> distances)
    {
        if (!bits.TryRead(5, out var literalCount) || !bits.TryRead(5, out var distanceCount) || !bits.TryRead(4, out var codeCount))
        {
            return false;
        }

        literalCount += 257;
        distanceCount += 1;
        if (literalCount > 286 || distanceCount > 30)
        {
            return false;
        }

        Span<byte> codeLengths = stackalloc byte[CodeLengths];
        codeLengths.Clear();
        foreach (var symbol in CodeLengthOrder.AsSpan(0, codeCount + 4))
        {
            if (!bits.TryRead(3, out var length))
            {
                return false;
            }

            codeLengths[symbol] = (byte)length;
        }

        // The storage of the literals is free until the lengths are known, and large enough.
        if (!HuffmanCode.TryBuild(codeLengths, literals, mayBeIncomplete: false))
        {
            return false;
        }

        Span<byte> lengths = stackalloc byte[Literals + Distances];
        lengths = lengths[..(literalCount + distanceCount)];
        return TryReadLengths(ref bits, HuffmanCode.Over(literals), lengths)
            && lengths[EndOfBlock] != 0
            && HuffmanCode.TryBuild(lengths[..literalCount], literals, mayBeIncomplete: true)
            && HuffmanCode.TryBuild(lengths[literalCount..], distances, mayBeIncomplete: true);
    }

    /// <summary>Reads the run-length coded lengths of both codes, one after the other; a run may go across (3.2.7).</summary>
    private static bool TryReadLengths(scoped ref DeflateBits bits, scoped HuffmanCode code, scoped Span<byte> lengths)
    {
        for (var done = 0; done < lengths.Length;)
        {
            bits.Fill();
            if (!bits.TryReadSymbol(code, out var symbol))
            {
                return false;
            }

            if (symbol < 16)
            {
                lengths[done++] = (byte)symbol;
                continue;
            }

            var (repeated, least, extraBits) = symbol switch
            {
                16 when done > 0 => (lengths[done - 1], 3, 2),
                17 => ((byte)0, 3, 3),
                18 => ((byte)0, 11, 7),
                _ => ((byte)0, 0, 0),
            };
            if (least == 0 || !bits.TryRead(extraBits, out var more) || least + more > lengths.Length - done)
            {
                return false;
            }

            lengths.Slice(done, least + more).Fill(repeated);
            done += least + more;
        }

        return true;
    }

    private static ushort[] BuildFixed(int symbols, Func<int, int> lengthOf)
    {
        var lengths = Enumerable.Range(0, symbols).Select(symbol => (byte)lengthOf(symbol)).ToArray();
        var storage = new ushort[HuffmanCode.StorageSize(symbols)];
        HuffmanCode.TryBuild(lengths, storage, mayBeIncomplete: false);
        return storage;
    }
}
