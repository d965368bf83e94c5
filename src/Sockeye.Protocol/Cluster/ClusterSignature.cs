using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// Signs messages between nodes with a key that all of them have (HMAC-SHA256), and checks them before anything in them is read. Proves that a node or an emitter with the key has written a message; does not keep it secret,
/// and does not keep anybody from sending it once more. Nodes without the key, those under Node too, refuse such messages. Thread-safe.
/// </summary>
/// <remarks>
/// Around the message stands, as bytes: <c>c1</c> (no MessagePack begins so, and no JSON), the signature's 32 bytes, the message. As text: <c>!</c>, the signature as 43 characters of base64url, the message.
/// </remarks>
public sealed class ClusterSignature
{
    /// <summary>The fewest bytes of a key: as many as a signature has.</summary>
    public const int MinKeyLength = 32;

    /// <summary>The most bytes that a signature adds to a message.</summary>
    public const int MaxOverhead = 1 + TextLength;

    private const byte BytesMark = 0xC1;
    private const byte TextMark = (byte)'!';
    private const int Length = 32;
    private const int TextLength = 43;

    private readonly byte[] _key;

    private ClusterSignature(ReadOnlyMemory<byte> key) => _key = key.ToArray();

    /// <summary>The signature of an engine; null: its messages are not signed.</summary>
    public static ClusterSignature? Create(ClusterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.SharedKey.IsEmpty ? null : new ClusterSignature(settings.Check().SharedKey);
    }

    /// <summary>A message with its signature, as bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var frame = new byte[1 + Length + message.Length];
        frame[0] = BytesMark;
        HMACSHA256.HashData(_key, message, frame.AsSpan(1));
        message.CopyTo(frame.AsSpan(1 + Length));
        return frame;
    }

    /// <summary>A message that is text, with its signature, as text.</summary>
    public byte[] SignText(ReadOnlySpan<byte> message)
    {
        Span<byte> signature = stackalloc byte[Length];
        HMACSHA256.HashData(_key, message, signature);
        var frame = new byte[1 + TextLength + message.Length];
        frame[0] = TextMark;
        Base64Url.EncodeToUtf8(signature, frame.AsSpan(1));
        message.CopyTo(frame.AsSpan(1 + TextLength));
        return frame;
    }

    /// <summary>The message of a signed one, in either form. False: the signature is missing or wrong (<see cref="ClusterError.InvalidSignature"/>).</summary>
    public bool TryOpen(ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte> message)
    {
        Span<byte> given = stackalloc byte[Length];
        message = default;
        switch (frame.Span)
        {
            case [BytesMark, ..] when frame.Length >= 1 + Length:
                frame.Span.Slice(1, Length).CopyTo(given);
                message = frame[(1 + Length)..];
                break;
            case [TextMark, ..] when frame.Length >= 1 + TextLength
                && Base64Url.IsValid(frame.Span.Slice(1, TextLength), out var length) && length == Length && Base64Url.DecodeFromUtf8(frame.Span.Slice(1, TextLength), given) == Length:
                message = frame[(1 + TextLength)..];
                break;
            default:
                return false;
        }

        Span<byte> right = stackalloc byte[Length];
        HMACSHA256.HashData(_key, message.Span, right);
        if (CryptographicOperations.FixedTimeEquals(given, right))
        {
            return true;
        }

        message = default;
        return false;
    }
}
