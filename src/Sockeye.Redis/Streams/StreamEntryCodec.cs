using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Streams;

/// <summary>
/// The entries of a stream, as redis-streams-adapter 0.3 writes them: <c>uid nsp type data</c>, of which the last is JSON, or base64 of MessagePack where there are binary data. With a key the last is the
/// whole message and its signature, since the other three say who sends what to whom. What others wrote is not trusted.
/// </summary>
internal static class StreamEntryCodec
{
    /// <summary><c>XADD socket.io MAXLEN ~ 10000 * uid 0123456789abcdef nsp / type 3 data {"packet":…,"opts":…}</c></summary>
    public static object[] Write(ClusterMessage message, string stream, RedisStreamsOptions options, ClusterSignature? signature)
    {
        if (message.HasBinary && options.OnlyPlaintext)
        {
            throw new ClusterException("OnlyPlaintext is set: binary data cannot be sent.");
        }

        var data = (signature, message.HasBinary) switch
        {
            (null, false) => ClusterMessageCodec.EncodeDataJson(message),
            (null, true) => Encoding.ASCII.GetBytes(Convert.ToBase64String(ClusterMessageCodec.EncodeDataMessagePack(message))),
            (_, false) => signature.Sign(ClusterMessageCodec.EncodeJson(message)),
            (_, true) => signature.Sign(ClusterMessageCodec.EncodeMessagePack(message)),
        };
        return
        [
            (RedisKey)stream, "MAXLEN", "~", options.MaxLen, "*",
            "uid", message.Uid, "nsp", message.Namespace, "type", ((int)message.Type).ToString(CultureInfo.InvariantCulture), "data", data,
        ];
    }

    public static ClusterError TryRead(StreamFields fields, ClusterLimits limits, ClusterSignature? signature, out ClusterMessage? message)
    {
        message = null;
        if (fields.Data.Length > limits.MaxMessageBytes)
        {
            return ClusterError.TooLarge;
        }

        if (signature is not null)
        {
            return TryReadSigned(fields, limits, signature, out message);
        }

        if (!int.TryParse(fields.Type, NumberStyles.None, CultureInfo.InvariantCulture, out var type))
        {
            return ClusterError.UnknownType;
        }

        if (fields.Data is [] or [(byte)'{', ..])
        {
            return ClusterMessageCodec.TryDecodeData(type, fields.Uid, fields.Namespace, fields.Data, limits, out message);
        }

        if (!Base64.IsValid(fields.Data, out var length))
        {
            return ClusterError.Malformed;
        }

        var data = new byte[length];
        Base64.DecodeFromUtf8(fields.Data, data, out _, out _);
        return data is [] or [(byte)'{', ..] ? ClusterError.Malformed : ClusterMessageCodec.TryDecodeData(type, fields.Uid, fields.Namespace, data, limits, out message);
    }

    private static ClusterError TryReadSigned(StreamFields fields, ClusterLimits limits, ClusterSignature signature, out ClusterMessage? message)
    {
        message = null;
        if (!signature.TryOpen(fields.Data, out var content))
        {
            return ClusterError.InvalidSignature;
        }

        var error = ClusterMessageCodec.TryDecode(content.Span, limits, out message);
        // Somebody has put a message of one namespace into another one.
        return error == ClusterError.None && message!.Namespace != fields.Namespace ? ClusterError.InvalidSignature : error;
    }
}

/// <summary>An entry before anybody has looked into it.</summary>
internal sealed record StreamFields(StreamId Id, string Uid, string Namespace, string Type, byte[] Data)
{
    /// <summary>The entries of XRANGE, or of one stream of XREAD: <c>[[id,[name,value,…]],…]</c>. Their order is the stream's.</summary>
    public static List<StreamFields> ReadAll(RedisResult result)
    {
        var entries = new List<StreamFields>();
        foreach (var entry in Parts(result))
        {
            var parts = Parts(entry);
            if (parts.Length == 2 && StreamId.TryParse((string?)parts[0], out var id))
            {
                entries.Add(Read(id, Parts(parts[1])));
            }
        }

        return entries;
    }

    /// <summary>XREAD's answer about one stream: <c>[[name,[entries]]]</c>, in RESP3 a map <c>{name:[entries]}</c>, or nothing.</summary>
    public static List<StreamFields> ReadOne(RedisResult result) => Parts(result) switch
    {
        [_, var entries] => ReadAll(entries),
        [var stream] when Parts(stream) is [_, var entries] => ReadAll(entries),
        _ => [],
    };

    private static StreamFields Read(StreamId id, RedisResult[] values)
    {
        string uid = "", ns = "", type = "";
        byte[] data = [];
        for (var i = 0; i + 1 < values.Length; i += 2)
        {
            switch ((string?)values[i])
            {
                case "uid":
                    uid = (string?)values[i + 1] ?? "";
                    break;
                case "nsp":
                    ns = (string?)values[i + 1] ?? "";
                    break;
                case "type":
                    type = (string?)values[i + 1] ?? "";
                    break;
                case "data":
                    data = (byte[]?)values[i + 1] ?? [];
                    break;
            }
        }

        return new StreamFields(id, uid, ns, type, data);
    }

    private static RedisResult[] Parts(RedisResult result) => result.IsNull ? [] : (RedisResult[]?)result ?? [];
}
