using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The masking of RFC 6455 section 5.3: byte i of a payload XOR byte (i modulo 4) of the key.</summary>
internal static class WebSocketMask
{
    /// <summary>
    /// Masks or unmasks a piece of a payload while copying it. <paramref name="key"/> is the masking key as it stands on the wire, read
    /// big-endian; <paramref name="offset"/> is the place of the piece in its payload. Source and destination may be the same.
    /// </summary>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> destination, uint key, long offset)
    {
        destination = destination[..source.Length];

        // Turning the key makes its first byte the one that the first byte of this piece needs, whatever the offset.
        Span<byte> keyBytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(keyBytes, BitOperations.RotateLeft(key, 8 * (int)(offset & 3)));
        var pattern = MemoryMarshal.Read<uint>(keyBytes);

        var done = 0;
        if (source.Length >= Vector<byte>.Count)
        {
            var mask = Vector.AsVectorByte(new Vector<uint>(pattern));
            var from = MemoryMarshal.Cast<byte, Vector<byte>>(source);
            var to = MemoryMarshal.Cast<byte, Vector<byte>>(destination);
            for (var i = 0; i < from.Length && i < to.Length; i++)
            {
                to[i] = from[i] ^ mask;
            }

            done = from.Length * Vector<byte>.Count;
        }

        var words = MemoryMarshal.Cast<byte, uint>(source[done..]);
        var maskedWords = MemoryMarshal.Cast<byte, uint>(destination[done..]);
        for (var i = 0; i < words.Length && i < maskedWords.Length; i++)
        {
            maskedWords[i] = words[i] ^ pattern;
        }

        done += words.Length * sizeof(uint);
        for (var i = done; i < source.Length; i++)
        {
            destination[i] = (byte)(source[i] ^ keyBytes[i & 3]);
        }
    }
}
