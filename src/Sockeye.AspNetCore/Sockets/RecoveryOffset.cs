using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The offsets of one log: three random bytes that name the log, six bytes of position, together 12 characters of base64url. Clients only give them back. A client takes
/// the last text of <em>any</em> event for an offset, so what is not of this log must be recognised, and a text of the application is none but by an absurd chance.
/// </summary>
internal readonly struct RecoveryOffset
{
    public const int Length = 12;
    private const int IdBytes = 3;
    private const int PositionBytes = 6;

    private readonly byte[] _id = RandomNumberGenerator.GetBytes(IdBytes);

    public RecoveryOffset()
    {
    }

    /// <summary>Stands in a packet until its position is known. Random, and never leaves the process: no data can hold it by intent.</summary>
    public static string Placeholder { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes + PositionBytes));

    /// <summary>Writes the offset of a position.</summary>
    public void Write(long position, Span<byte> utf8)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + 1];
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], position);
        _id.CopyTo(bytes);
        Base64Url.EncodeToUtf8(bytes, utf8);
    }

    /// <summary>False: not an offset of this log.</summary>
    public bool TryRead(ReadOnlySpan<char> text, out long position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + 1];
        position = 0;
        if (text.Length != Length || !Base64Url.IsValid(text) || Base64Url.DecodeFromChars(text, bytes) != bytes.Length || !bytes.StartsWith(_id))
        {
            return false;
        }

        bytes[1..IdBytes].Clear();
        position = BinaryPrimitives.ReadInt64BigEndian(bytes[1..]);
        return true;
    }
}
