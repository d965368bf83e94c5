namespace Sockeye.AspNetCore.Sockets;

/// <summary>What a caller that waits for the other side may have to face: a refused connect, an ack that did not come, a lost connection.</summary>
public abstract class SocketIOException : Exception
{
    private protected SocketIOException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Thrown in a connect middleware to refuse a client: it receives a CONNECT_ERROR packet with the message and the data.</summary>
public sealed class ConnectErrorException : SocketIOException
{
    /// <summary>Refuses with a message (<c>err.message</c> on the client) and, if not null, with data (<c>err.data</c>), serialised like an event's argument.</summary>
    public ConnectErrorException(string message, object? data = null)
        : base(message) => Details = data;

    /// <summary>What the client sees as <c>err.data</c>; null: nothing.</summary>
    public object? Details { get; }
}

/// <summary>The other side did not acknowledge in time. A late acknowledgement is ignored.</summary>
public class AckTimeoutException : SocketIOException
{
    internal AckTimeoutException(string message = "operation has timed out")
        : base(message)
    {
    }
}

/// <summary>Not every receiver of a broadcast acknowledged in time, or some disconnected before they did.</summary>
/// <typeparam name="T">The type of an acknowledgement.</typeparam>
public sealed class BroadcastAckTimeoutException<T> : AckTimeoutException
{
    internal BroadcastAckTimeoutException(IReadOnlyList<T> responses, int missing)
        : base($"operation has timed out: {responses.Count} of {responses.Count + missing} receivers acknowledged")
    {
        Responses = responses;
        Missing = missing;
    }

    /// <summary>What the others answered, in the order of arrival.</summary>
    public IReadOnlyList<T> Responses { get; }

    /// <summary>How many receivers did not answer.</summary>
    public int Missing { get; }
}

/// <summary>The socket was disconnected, or became so before the other side acknowledged.</summary>
public sealed class DisconnectedException : SocketIOException
{
    internal DisconnectedException(DisconnectReason reason)
        : base($"socket has been disconnected: {reason.ToWireString()}") => Reason = reason;

    /// <summary>Why the socket ended.</summary>
    public DisconnectReason Reason { get; }
}

/// <summary>The data of an event or of an acknowledgement are not what the handler or the caller expects.</summary>
public sealed class ArgumentBindingException : SocketIOException
{
    internal ArgumentBindingException(int index, Type type, string detail, Exception? inner = null)
        : base($"argument {index} cannot be read as {type.Name}: {detail}", inner) => Index = index;

    /// <summary>Which argument, from 0.</summary>
    public int Index { get; }
}

/// <summary>The peer sent something that is no valid packet, or a packet that is not allowed at this point; its connection is closed.</summary>
public sealed class PacketRefusedException : SocketIOException
{
    internal PacketRefusedException(string reason, string message)
        : base(message) => Reason = reason;

    /// <summary>The machine-readable reason, also the label of the metric.</summary>
    public string Reason { get; }
}
