using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Transports;

/// <summary>Takes what a transport reads.</summary>
internal interface IPacketSink
{
    /// <summary>A packet came in; the transport reads on when the task completes. False: it shall stop.</summary>
    /// <param name="from">The transport.</param>
    /// <param name="type">The packet's type.</param>
    /// <param name="isBinary">Whether the data are binary.</param>
    /// <param name="data">The data, valid until the task completes.</param>
    ValueTask<bool> ReceiveAsync(ClientTransport from, EnginePacketType type, bool isBinary, ReadOnlyMemory<byte> data);
}

/// <summary>How reading ended.</summary>
internal enum TransportEndKind
{
    /// <summary>The sink or the token stopped it.</summary>
    Stopped,

    /// <summary>Polling was asked to pause.</summary>
    Paused,

    /// <summary>The server closed the connection.</summary>
    Closed,

    /// <summary>It failed, or the server sent what is no packet.</summary>
    Failed,
}

/// <summary>Why a transport stopped reading.</summary>
internal readonly record struct TransportEnd(TransportEndKind Kind, TransportFailure? Failure = null, int? CloseCode = null, string? CloseReason = null)
{
    public static TransportEnd Stopped => new(TransportEndKind.Stopped);

    public static TransportEnd Paused => new(TransportEndKind.Paused);

    public static TransportEnd Failed(TransportFailure failure) => new(TransportEndKind.Failed, failure);

    public static TransportEnd Closed(int code, string? reason) => new(TransportEndKind.Closed, null, code, reason ?? "");
}

/// <summary>
/// One way to the server. Reading and writing are independent of each other; each is done by one caller at a time. What the network and the server do comes back as a value,
/// never as an exception.
/// </summary>
internal abstract class ClientTransport : IDisposable
{
    /// <summary>The session, once it is known.</summary>
    public string? Sid { get; set; }

    /// <summary>The last HTTP status; null before the first answer.</summary>
    public int? StatusCode { get; protected set; }

    /// <summary>Connects; null when done.</summary>
    public abstract Task<TransportFailure?> ConnectAsync(CancellationToken cancellation);

    /// <summary>Reads packets until the end.</summary>
    public abstract Task<TransportEnd> ReadAsync(IPacketSink sink, CancellationToken cancellation);

    /// <summary>Writes packets in order; null when they have been handed to the network.</summary>
    public abstract Task<TransportFailure?> WriteAsync(List<OutboundPacket> packets, CancellationToken cancellation);

    /// <summary>Says goodbye. True: the server knows, and reading will end.</summary>
    public abstract Task<bool> CloseAsync(CancellationToken cancellation);

    /// <summary>Cuts the connection.</summary>
    public abstract void Abort();

    public abstract void Dispose();
}
