using System.Buffers;
using System.Text;

namespace Sockeye.AspNetCore.Engine;

/// <summary>Texts in one array of bytes: each connection keeps those of its request, and hardly anybody asks for them. Each is its length (seven bits in a byte, the lowest first) and its UTF-8.</summary>
internal static class PackedTexts
{
    private const int MaxLengthBytes = 5;

    public static byte[] Pack(ReadOnlySpan<string> texts)
    {
        var size = 0;
        foreach (var text in texts)
        {
            size += MaxLengthBytes + Encoding.UTF8.GetMaxByteCount(text.Length);
        }

        var scratch = ArrayPool<byte>.Shared.Rent(size);
        var position = 0;
        foreach (var text in texts)
        {
            var count = Encoding.UTF8.GetByteCount(text);
            var length = (uint)count;
            for (; length > 0x7F; length >>= 7)
            {
                scratch[position++] = (byte)(length | 0x80);
            }

            scratch[position++] = (byte)length;
            position += Encoding.UTF8.GetBytes(text, scratch.AsSpan(position));
        }

        var packed = scratch.AsSpan(0, position).ToArray();
        ArrayPool<byte>.Shared.Return(scratch);
        return packed;
    }

    /// <summary>Takes the next text away from the front.</summary>
    public static string Take(ref ReadOnlySpan<byte> packed)
    {
        var (length, shift, position) = (0, 0, 0);
        do
        {
            length |= (packed[position] & 0x7F) << shift;
            shift += 7;
        }
        while ((packed[position++] & 0x80) != 0);

        var text = Encoding.UTF8.GetString(packed.Slice(position, length));
        packed = packed[(position + length)..];
        return text;
    }
}
