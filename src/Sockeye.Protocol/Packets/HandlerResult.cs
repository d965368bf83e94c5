namespace Sockeye.Protocol.Packets;

/// <summary>What a handler returns becomes the acknowledgement: the same on a server and on a client.</summary>
internal static class HandlerResult
{
    /// <summary>Throws, at the registration, for results that could not be sent or would not be what the user means.</summary>
    public static void Check<TResult>(PacketCodec codec)
    {
        if (typeof(TResult) == typeof(ValueTask) || (typeof(TResult).IsGenericType && typeof(TResult).GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            throw new ArgumentException("This handler returns a ValueTask, which would be sent as the acknowledgement. Make the lambda async, or return a Task (AsTask()).");
        }

        if (typeof(TResult) != typeof(Ack) && typeof(TResult) != typeof(PacketArguments) && typeof(TResult) != typeof(object))
        {
            codec.GetTypeInfo<TResult>();
        }
    }

    /// <summary>The acknowledgement; null: the handler gives none.</summary>
    public static EncodedPacket? Encode<TResult>(PacketCodec codec, string ns, long id, TResult result)
    {
        if (typeof(TResult) == typeof(Ack))
        {
            return ((Ack?)(object?)result)?.Encode(codec, ns, id);
        }

        return typeof(TResult) == typeof(object) ? codec.EncodeAck(ns, id, [result]) : codec.EncodeAck(ns, id, result);
    }
}
