using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary><see cref="ClientSocket.ConnectAsync"/> did not succeed within <see cref="SocketIOClientOptions.ConnectTimeout"/>. The inner exception is what the last attempt met; <see cref="SocketIOClient.Attempts"/> lists all. The socket goes on trying.</summary>
public sealed class ConnectTimeoutException : SocketIOException
{
    internal ConnectTimeoutException(Uri url, TimeSpan timeout, Exception? last)
        : base($"Not connected to {url} within {timeout.TotalSeconds:0.###} s. {(last is null ? "The server has not answered." : "The last attempt: " + last.Message)}", last)
    {
    }
}

/// <summary>The client has given up: <see cref="SocketIOClientOptions.ReconnectionAttempts"/> attempts have failed. The inner exception is what the last one met.</summary>
public sealed class ReconnectFailedException : SocketIOException
{
    internal ReconnectFailedException(Uri url, Exception? last)
        : base($"No connection to {url}. {(last is null ? "" : "The last attempt: " + last.Message)}", last)
    {
    }
}

/// <summary>The socket is not connected, and <see cref="SocketIOClientOptions.OfflineMode"/> does not let the event wait.</summary>
public sealed class NotConnectedException : SocketIOException
{
    internal NotConnectedException(string ns, string name)
        : base($"\"{name}\" was not sent: the socket of {ns} is not connected. Await ConnectAsync first, or let events wait with OfflineMode.Buffer.")
    {
    }
}

/// <summary>Too much waits to be sent: the event is refused.</summary>
public sealed class BufferFullException : SocketIOException
{
    internal BufferFullException(string message)
        : base(message)
    {
    }
}
