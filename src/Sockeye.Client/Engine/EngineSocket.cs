using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Engine;

/// <summary>
/// One Engine.IO connection from the client's side: handshake, heartbeat, upgrade, messages. It connects once; a new connection is a new object. All members may be used from several threads at once.
/// </summary>
public sealed class EngineSocket : IAsyncDisposable
{
    /// <summary>Makes a connection that <see cref="Open"/> starts.</summary>
    /// <param name="url">The server: scheme http, https, ws or wss, host and port, and a query that takes the place of <see cref="EngineSocketOptions.Query"/>. Its path is not used, see <see cref="EngineSocketOptions.Path"/>.</param>
    /// <param name="options">The settings, which are read now.</param>
    /// <param name="handler">Who hears what happens.</param>
    public EngineSocket(Uri url, EngineSocketOptions options, IEngineSocketHandler handler)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        Url = url;
    }

    /// <summary>The server, as it was given.</summary>
    public Uri Url { get; }

    /// <summary>The id of the session; null before the handshake and after the end.</summary>
    public string? Id => Handshake?.Sid;

    /// <summary>What the server said in the handshake; null before.</summary>
    public OpenPayload? Handshake { get; }

    /// <summary>The state; <see cref="EngineState.Opening"/> also before <see cref="Open"/>.</summary>
    public EngineState State { get; }

    /// <summary>The transport that carries the connection, or tries to.</summary>
    public TransportType Transport { get; }

    /// <summary>Whether a message would leave at once: connected, nothing queued or being written, no change of transport (official: transport.writable).</summary>
    public bool IsWritable { get; }

    /// <summary>How many bytes wait for the network or are on their way into it.</summary>
    public long QueuedBytes { get; }

    /// <summary>Completes when everything of it has ended: the requests, the WebSocket, and the handler's <see cref="IEngineSocketHandler.OnClose"/>.</summary>
    public Task Closed { get; } = Task.CompletedTask;

    /// <summary>Whether the server's heartbeat is overdue. True after a sleep of the machine, too, when the timer comes late: then the connection is being closed with "ping timeout", and what is sent is lost.</summary>
    public bool HasPingExpired() => throw new NotImplementedException(Url.Host);

    /// <summary>Connects. Once; a failure of the network is told to the handler.</summary>
    public void Open() => throw new NotImplementedException(Url.Host);

    /// <summary>Queues a Socket.IO packet; header and attachments stay together. The packet's memory must not change any more.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="compress">Whether it may be compressed where the transport does that.</param>
    /// <returns>False: the connection is closing or closed, the packet is dropped.</returns>
    /// <exception cref="QueueFullException">See <see cref="EngineSocketOptions.MaxQueuedBytes"/>.</exception>
    public bool Send(EncodedPacket packet, bool compress = true) => throw new NotImplementedException(Url.Host);

    /// <summary>Queues a message of plain Engine.IO.</summary>
    /// <param name="data">The message, UTF-8 if it is text. Copied.</param>
    /// <param name="isBinary">Whether it is a binary message.</param>
    /// <param name="compress">Whether it may be compressed where the transport does that.</param>
    /// <returns>False: the connection is closing or closed, the message is dropped.</returns>
    /// <exception cref="QueueFullException">See <see cref="EngineSocketOptions.MaxQueuedBytes"/>.</exception>
    public bool Send(ReadOnlyMemory<byte> data, bool isBinary, bool compress = true) => throw new NotImplementedException(Url.Host);

    /// <summary>Closes after writing what is queued and after a running change of transport ("forced close").</summary>
    public void Close() => throw new NotImplementedException(Url.Host);

    /// <summary>Closes at once; what is queued is lost.</summary>
    public void Abort() => throw new NotImplementedException(Url.Host);

    /// <summary><see cref="Close"/>, and waits for the end up to <see cref="EngineSocketOptions.CloseTimeout"/>; then <see cref="Abort"/>.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException(Url.Host);
}
