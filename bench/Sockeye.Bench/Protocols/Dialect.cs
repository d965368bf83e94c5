using System.Text;
using Sockeye.Bench.Load;

namespace Sockeye.Bench.Protocols;

/// <summary>How calls and events are written. Each reply is checked byte for byte: what differs from what must come is a <see cref="BenchException"/>.</summary>
internal abstract class Dialect
{
    public abstract string WebSocketPath { get; }

    public abstract bool HasBinary { get; }

    /// <summary>A value as it stands in a message.</summary>
    public abstract Payload Text(string text);

    public virtual Payload Binary(byte[] bytes) => throw new NotSupportedException();

    /// <summary>The WebSocket is open.</summary>
    public virtual void OnOpen(Peer peer)
    {
    }

    public abstract void OnMessage(Peer peer, ReadOnlySpan<byte> message, bool isBinary);

    /// <param name="peer">Who calls.</param>
    /// <param name="method">Its name.</param>
    /// <param name="id">The acknowledgement that it waits for; negative for none.</param>
    /// <param name="room">An argument before the payload.</param>
    /// <param name="payload">The last argument.</param>
    public abstract void Call(Peer peer, string method, long id, string? room, Payload? payload);

    protected static BenchException Unexpected(ReadOnlySpan<byte> message) =>
        new($"Not what must come: {Encoding.UTF8.GetString(message[..Math.Min(message.Length, 200)])}");
}

/// <summary>A value as the dialect writes it.</summary>
internal sealed record Payload(byte[] Bytes, bool IsBinary = false);
