using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Frames built by hand, right and wrong ones, so that the reader is not judged by our own writer.</summary>
internal static class FrameBytes
{
    public const int Text = 0x81;
    public const int TextPart = 0x01;
    public const int Binary = 0x82;
    public const int BinaryPart = 0x02;
    public const int Part = 0x00;
    public const int LastPart = 0x80;
    public const int Close = 0x88;
    public const int Ping = 0x89;
    public const int Pong = 0x8A;
    public const int Rsv1 = 0x40;

    private const uint Key = 0x37FA213D;

    public static byte[] Masked(int first, ReadOnlySpan<byte> payload, uint key = Key) => Build(first, payload, key);

    public static byte[] Masked(int first, string payload, uint key = Key) => Build(first, Encoding.UTF8.GetBytes(payload), key);

    public static byte[] Plain(int first, ReadOnlySpan<byte> payload) => Build(first, payload, null);

    public static byte[] Plain(int first, string payload) => Build(first, Encoding.UTF8.GetBytes(payload), null);

    /// <summary>Only a header, announcing whatever the caller says in whatever form.</summary>
    public static byte[] Header(int first, int lengthBytes, ulong length, uint? key = Key)
    {
        var bytes = new List<byte> { (byte)first };
        var mask = key is null ? 0 : 0x80;
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, length);
        bytes.Add((byte)(mask | (lengthBytes switch { 2 => 126, 8 => 127, _ => (int)length })));
        if (lengthBytes > 0)
        {
            bytes.AddRange(wide[^lengthBytes..]);
        }

        if (key is { } value)
        {
            BinaryPrimitives.WriteUInt32BigEndian(wide, value);
            bytes.AddRange(wide[..4]);
        }

        return [.. bytes];
    }

    public static byte[] Join(params byte[][] frames) => [.. frames.SelectMany(frame => frame)];

    /// <summary>The bytes as a sequence of pieces, cut at the given places.</summary>
    public static ReadOnlySequence<byte> Sequence(IReadOnlyList<byte[]> pieces)
    {
        if (pieces.Count == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new Segment(pieces[0], null);
        var last = pieces.Skip(1).Aggregate(first, (previous, piece) => new Segment(piece, previous));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static byte[] Build(int first, ReadOnlySpan<byte> payload, uint? key)
    {
        var lengthBytes = payload.Length switch { < 126 => 0, <= ushort.MaxValue => 2, _ => 8 };
        var header = Header(first, lengthBytes, (ulong)payload.Length, key);
        var frame = new byte[header.Length + payload.Length];
        header.CopyTo(frame, 0);
        for (var i = 0; i < payload.Length; i++)
        {
            var mask = key is { } value ? (byte)(value >> (24 - (8 * (i % 4)))) : (byte)0;
            frame[header.Length + i] = (byte)(payload[i] ^ mask);
        }

        return frame;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
