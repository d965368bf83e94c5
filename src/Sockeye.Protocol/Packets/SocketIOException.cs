namespace Sockeye.Protocol.Packets;

/// <summary>What a caller that waits for the other side may have to face: a refused connect, an ack that did not come, a lost connection.</summary>
public abstract class SocketIOException : Exception
{
    /// <summary>Creates the exception with its message and, if there is one, its cause.</summary>
    protected SocketIOException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>
/// A namespace refuses a client. On the server a connect middleware throws it, and the client receives a CONNECT_ERROR packet with the message and the data;
/// on the client it is what that packet says.
/// </summary>
public sealed class ConnectErrorException : SocketIOException
{
    /// <summary>Refuses with a message (<c>err.message</c> on the client) and, if not null, with data (<c>err.data</c>), serialised like an event's argument.</summary>
    public ConnectErrorException(string message, object? data = null)
        : base(message) => Details = data;

    /// <summary>What JavaScript calls <c>err.data</c>: on the server the value that goes out, on the client what has come; null: nothing.</summary>
    public object? Details { get; }
}

/// <summary>The other side did not acknowledge in time. A late acknowledgement is ignored.</summary>
public class AckTimeoutException : SocketIOException
{
    /// <summary>Creates the exception; without a message it says what the official one says.</summary>
    public AckTimeoutException(string message = "operation has timed out")
        : base(message)
    {
    }
}

/// <summary>The socket was disconnected, or became so before the other side acknowledged.</summary>
public sealed class DisconnectedException : SocketIOException
{
    /// <summary>Creates the exception, whose message has the reason's wire string.</summary>
    public DisconnectedException(DisconnectReason reason)
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
