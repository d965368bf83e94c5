using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>
/// A namespace of a server, as this client sees it: what <c>io()</c> gives in JavaScript. All members are thread-safe. Handlers run one after the other on the thread pool, or where
/// <see cref="SocketIOClientOptions.SynchronizationContext"/> says; the state changes before they run, and acknowledgements do not wait for them.
/// </summary>
/// <remarks>
/// <code>
///                Connect                       CONNECT answered
/// not active ─────────────► active, waiting ─────────────────────► active, connected
///     ▲                        ▲      │                                │       │
///     │  refused (CONNECT_ERROR)      │          connection lost       │       │
///     ├───────────────────────────────┘◄───────────────────────────────┘       │
///     └────────────── Disconnect, or the server's DISCONNECT ──────────────────┘
/// </code>
/// </remarks>
public sealed partial class ClientSocket : IAsyncDisposable
{
    private readonly object _gate;
    private readonly PacketCodec _codec;
    private readonly ClientSocketOptions _own;
    private readonly EventLane _lane;
    private readonly RecoveryState _recovery = new();
    private readonly List<TaskCompletionSource<bool>> _waiters = [];

    // Packets that came before the answer to CONNECT: what a recovered session has missed.
    private readonly List<Packet> _early = [];
    private long _earlyBytes;

    // The connection on which a CONNECT packet waits for its answer, and the one that this socket is connected by.
    private EngineSocket? _connecting;
    private EngineSocket? _engine;
    private string? _id;
    private bool _isActive;
    private bool _isDisposed;
    private bool _recovered;

    internal ClientSocket(SocketIOClient client, string ns, ClientSocketOptions options)
    {
        Client = client;
        Namespace = ns;
        _gate = client.Gate;
        _codec = client.Codec;
        _own = options;
        Auth = options.Auth ?? client.Options.Auth;
        AuthProvider = options.AuthProvider ?? (options.Auth is null ? client.Options.AuthProvider : null);
        _lane = new EventLane(DispatchAsync, client.Budget, client.Options.MaxConcurrentEvents, client.Options.SynchronizationContext);
        _acks = new PendingAcks(client.Options.TimeProvider, client.Budget, OnAckTimedOut);
        _buffer = new OfflineBuffer(ns, client.Options.MaxBufferedEvents, client.Options.MaxBufferedBytes);
        _retries = (options.Retries ?? client.Options.Retries) is > 0 and var retries ? new RetryQueue(retries, _buffer) : null;
    }

    /// <summary>The connection that this socket goes through, with other namespaces if there are any.</summary>
    public SocketIOClient Client { get; }

    /// <summary>The namespace, with its leading slash.</summary>
    public string Namespace { get; }

    /// <summary>The id of this socket on the server, which changes with every connection that is not recovered; null while it is not connected.</summary>
    public string? Id => System.Threading.Volatile.Read(ref _id);

    /// <summary>Whether the server has let this socket into its namespace and the connection has not been lost since.</summary>
    public bool Connected => Id is not null;

    /// <summary>Whether this socket is connected or will be as soon as there is a connection. False before the first connect, after a disconnect by either side, and when the server has refused it.</summary>
    public bool Active => System.Threading.Volatile.Read(ref _isActive);

    /// <summary>Whether the last connect got the session of the one before back, with its rooms and what was missed meanwhile (connection state recovery).</summary>
    public bool Recovered => System.Threading.Volatile.Read(ref _recovered);

    /// <inheritdoc cref="SocketIOClientOptions.Auth" />
    public object? Auth { get; set; }

    /// <inheritdoc cref="SocketIOClientOptions.AuthProvider" />
    public Func<CancellationToken, ValueTask<object?>>? AuthProvider { get; set; }

    /// <summary>How many events wait for the connection, those of <see cref="SocketIOClientOptions.Retries"/> included.</summary>
    public int BufferedEvents
    {
        get
        {
            lock (_gate)
            {
                return _buffer.Count + (_retries?.Count ?? 0);
            }
        }
    }

    /// <summary>Whether somebody listens to this socket's events by name: for tests and tools.</summary>
    public bool HasListeners(string name) => _handlers.Has(name);

    /// <summary>Begins to connect, and to connect again whenever the connection is lost. Nothing happens if it does so already.</summary>
    /// <exception cref="ObjectDisposedException">The socket or its client has been disposed.</exception>
    /// <exception cref="InvalidOperationException">There is auth for "/" of a server of version 2, which takes none.</exception>
    public void Connect()
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            if (!Connected)
            {
                CheckAuth();

                // Also where it is active: all attempts may have failed, and this begins new ones.
                _isActive = true;
                Client.Activate(this);
            }
        }
    }

    /// <summary>Connects, and completes when the server has let this socket in. As the official client does, the first connect is tried again like any other.</summary>
    /// <param name="cancellationToken">Stops waiting; the socket goes on trying until <see cref="Disconnect"/>.</param>
    /// <exception cref="ConnectErrorException">The server has refused: its message, and its data in <see cref="ConnectErrorException.Details"/> as a <see cref="System.Text.Json.JsonElement"/>.</exception>
    /// <exception cref="ConnectTimeoutException">Not within <see cref="SocketIOClientOptions.ConnectTimeout"/>; the inner exception is the last attempt's. The socket goes on trying.</exception>
    /// <exception cref="ReconnectFailedException">All attempts have failed, or the only one without <see cref="SocketIOClientOptions.Reconnection"/>.</exception>
    /// <exception cref="DisconnectedException">The socket was told to disconnect meanwhile.</exception>
    /// <exception cref="InvalidOperationException">There is auth for "/" of a server of version 2, which takes none.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ThrowIfDisposed();
            if (Connected)
            {
                return;
            }
        }

        var timeout = Client.Options.ConnectTimeout;
        try
        {
            lock (_gate)
            {
                // Before Connect, which may fail at once.
                _waiters.Add(waiter);
                Connect();
            }

            using var registration = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken), useSynchronizationContext: false);
            using var timer = timeout == System.Threading.Timeout.InfiniteTimeSpan
                ? null
                : Client.Options.TimeProvider.CreateTimer(_ => waiter.TrySetException(new ConnectTimeoutException(Client.Url, timeout, Client.LastError)), null, timeout, System.Threading.Timeout.InfiniteTimeSpan);
            await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Leaves the namespace, for good unless <see cref="Connect"/> is called again. The connection is closed when no other socket of it is active; what was sent before still leaves.</summary>
    public void Disconnect()
    {
        lock (_gate)
        {
            if (!_isActive)
            {
                return;
            }

            if (Connected)
            {
                _engine!.SendControl(_codec.EncodeDisconnect(Namespace));
                Client.HasLeft(Namespace);
            }

            Leave(DisconnectReason.IOClientDisconnect, new DisconnectedException(DisconnectReason.IOClientDisconnect));
        }
    }

    /// <summary>As <see cref="Disconnect"/>, and waits until a connection that nobody else uses has ended, for twice <see cref="EngineSocketOptions.CloseTimeout"/> at most.</summary>
    public Task DisconnectAsync()
    {
        Disconnect();
        return Client.WhenUnusedAsync();
    }

    /// <summary>Disconnects, takes the socket from its client, and waits for the close with a bound. Events that wait for their handlers are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        End();
        await Client.WhenUnusedAsync().ConfigureAwait(false);
    }

    /// <summary>The disposal, without the wait.</summary>
    internal void End()
    {
        Disconnect();
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                Client.Remove(this);
                FailAll(DisconnectReason.IOClientDisconnect);
                _acks.Dispose();
                _lane.Close();
            }
        }

        _disposed.Cancel();
    }

    private void ThrowIfDisposed()
    {
        if (_isDisposed)
        {
            throw new ObjectDisposedException(nameof(ClientSocket), $"The socket of {Namespace} has been disposed; make a new one with {nameof(SocketIOClient)}.{nameof(SocketIOClient.Socket)}.");
        }

        Client.ThrowIfDisposed();
    }
}
