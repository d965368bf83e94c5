using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Engine;

/// <summary>More is being sent than the network takes: the message was not queued. Wait for <see cref="IEngineSocketHandler.OnDrain"/>, send less, or raise <see cref="EngineSocketOptions.MaxQueuedBytes"/>.</summary>
public sealed class QueueFullException : SocketIOException
{
    internal QueueFullException(long queuedBytes, long size, long limit)
        : base($"{queuedBytes} bytes wait for the network already, {size} more would be over the limit of {limit} (MaxQueuedBytes). Send less at a time, or raise the limit.") => QueuedBytes = queuedBytes;

    /// <summary>How many bytes were waiting.</summary>
    public long QueuedBytes { get; }
}
