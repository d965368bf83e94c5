using System.Text;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Redis.Streams;

/// <summary>
/// What is in no log goes by PUBLISH, as MessagePack of the whole message, and could overtake what was written to the stream before it. So it carries the place after which it belongs, as one member
/// more, the last: <c>85 a4 type … a5 after af 1763942400000-0</c>. Official nodes pass over it, and send none. With a key all of it is signed.
/// </summary>
internal static class EphemeralCodec
{
    private const byte SmallMap = 0x80;
    private const byte SmallText = 0xa0;
    private const int MaxSmall = 31;

    private static readonly byte[] Name = [SmallText | 5, .. "after"u8];

    public static byte[] Encode(ClusterMessage message, StreamId? after, ClusterSignature? signature)
    {
        var data = Encode(message, after);
        return signature?.Sign(data) ?? data;
    }

    public static ClusterError TryDecode(ReadOnlyMemory<byte> data, string ns, ClusterLimits limits, ClusterSignature? signature, out ClusterMessage? message, out StreamId after)
    {
        if (data.Length > limits.MaxMessageBytes || signature is null)
        {
            // Too much is not worth a look at its signature.
            return TryDecode(data.Span, ns, limits, out message, out after);
        }

        (message, after) = (null, default);
        return signature.TryOpen(data, out var content) ? TryDecode(content.Span, ns, limits, out message, out after) : ClusterError.InvalidSignature;
    }

    private static byte[] Encode(ClusterMessage message, StreamId? after)
    {
        var data = ClusterMessageCodec.EncodeMessagePack(message);
        if (after is null || (data[0] & 0xf0) != SmallMap)
        {
            return data;
        }

        var text = Encoding.ASCII.GetBytes(after.Value.ToString());
        if (text.Length > MaxSmall)
        {
            return data;
        }

        data[0]++;
        return [.. data, .. Name, (byte)(SmallText | text.Length), .. text];
    }

    private static ClusterError TryDecode(ReadOnlySpan<byte> data, string ns, ClusterLimits limits, out ClusterMessage? message, out StreamId after)
    {
        after = default;
        var error = ClusterMessageCodec.TryDecode(data, limits, out message, ns);
        var at = error == ClusterError.None ? data.LastIndexOf(Name) : -1;
        if (at <= 0 || at + Name.Length >= data.Length || at + Name.Length + 1 + (data[at + Name.Length] & MaxSmall) != data.Length
            || !StreamId.TryParse(Encoding.ASCII.GetString(data[(at + Name.Length + 1)..]), out after))
        {
            after = default;
        }

        return error;
    }
}
