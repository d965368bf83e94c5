using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Client.Diagnostics;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>
/// One connection to a Socket.IO server, which any number of namespaces share: the manager of the official client. It opens when the first <see cref="ClientSocket"/> connects, comes back when
/// it is lost, and closes when no socket is active. All members are thread-safe.
/// </summary>
public sealed partial class SocketIOClient : IAsyncDisposable, IDisposable
{
    private readonly Dictionary<string, ClientSocket> _sockets = new(StringComparer.Ordinal);
    private readonly AttemptLog _attempts = new();
    private readonly ILogger _log;
    private readonly string _defaultNamespace;
    private bool _isDisposed;

    /// <summary>Makes a client, which connects when one of its sockets does.</summary>
    /// <param name="url">
    /// The server, as in <c>https://example.com</c>. A path is a namespace, which <see cref="Socket"/> gives when it is not told another; the path of the endpoint is <see cref="EngineSocketOptions.Path"/>.
    /// A query takes the place of <see cref="EngineSocketOptions.Query"/>.
    /// </param>
    /// <param name="options">The settings; must not be changed afterwards. Null: the defaults.</param>
    /// <exception cref="ArgumentException">The address or an option has no meaning; the message says how to mend it.</exception>
    public SocketIOClient(string url, SocketIOClientOptions? options = null)
        : this(ClientAddress.Parse(url), options)
    {
    }

    /// <inheritdoc cref="SocketIOClient(string, SocketIOClientOptions?)" />
    public SocketIOClient(Uri url, SocketIOClientOptions? options = null)
        : this(ClientAddress.Parse(url ?? throw new ArgumentNullException(nameof(url))), options)
    {
    }

    private SocketIOClient(ClientAddress address, SocketIOClientOptions? options)
    {
        Options = options ?? new SocketIOClientOptions();
        Options.Validate();
        Url = address.Url;
        _defaultNamespace = address.Namespace;
        _log = (Options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Client");
        Codec = new PacketCodec(Options.PacketFormat, Options.JsonSerializerOptions);
        Budget = new InboundBudget(Options.EventBacklogPauseBytes, Options.EventBacklogLimitBytes);
        _reconnection = Options.Reconnection;
        _news = new EventLane(static (_, _) => default, Budget, 1, Options.SynchronizationContext);
    }

    /// <summary>The server, without the path of the address.</summary>
    public Uri Url { get; }

    /// <summary>The settings.</summary>
    public SocketIOClientOptions Options { get; }

    /// <summary>The Engine.IO connection of the moment; null while there is none.</summary>
    public EngineSocket? Engine => Volatile.Read(ref _engine);

    /// <summary>What was tried to open a connection and to upgrade it, oldest first, the last 50: transport, address, status, error, time. The first thing to look at when it does not connect.</summary>
    public IReadOnlyList<ConnectionAttempt> Attempts => _attempts.ToArray();

    /// <summary>The lock of the client and its sockets. Held briefly, never while user code runs.</summary>
    internal object Gate { get; } = new();

    internal PacketCodec Codec { get; }

    internal InboundBudget Budget { get; }

    /// <summary>What went wrong last, for those who time out waiting.</summary>
    internal Exception? LastError { get; set; }

    /// <summary>
    /// The socket of the namespace of an address, as <c>io(url)</c> gives it, connecting already: register handlers that must see the first events with <see cref="SocketIOClient(string, SocketIOClientOptions?)"/> instead. Namespaces
    /// of one server share a connection, unless <see cref="SocketIOClientOptions.ForceNew"/> or <see cref="SocketIOClientOptions.Multiplex"/> says otherwise, or the namespace is in use on it. Options only count
    /// for the first. Dispose the socket's <see cref="ClientSocket.Client"/> when the server is not needed any more.
    /// </summary>
    public static ClientSocket Connect(string url, SocketIOClientOptions? options = null) =>
        SharedClients.Get(ClientAddress.Parse(url), options ?? new SocketIOClientOptions(), static (address, options) => new SocketIOClient(address, options));

    /// <summary>The socket of a namespace; always the same one until it is disposed. It connects when it is told to, or at once with <see cref="SocketIOClientOptions.AutoConnect"/>.</summary>
    /// <param name="ns">The namespace, with or without its leading slash; null: that of the client's address, "/" if it has none.</param>
    /// <param name="configure">Settings of this socket; they only count when it is made.</param>
    public ClientSocket Socket(string? ns = null, Action<ClientSocketOptions>? configure = null)
    {
        ns ??= _defaultNamespace;
        if (!ns.StartsWith('/'))
        {
            ns = "/" + ns;
        }

        if (ns.Contains(','))
        {
            throw new ArgumentException($"\"{ns}\" cannot be a namespace: it has a comma in it.", nameof(ns));
        }

        if (IsV2 && ns.Contains('?'))
        {
            throw new ArgumentException($"\"{ns}\" cannot be a namespace of a server of version 2, for which a query begins at the question mark. Give the query as Auth: client.Socket(\"/chat\", options => options.Auth = …).", nameof(ns));
        }

        lock (Gate)
        {
            ThrowIfDisposed();
            if (_sockets.TryGetValue(ns, out var present))
            {
                return Begin(present);
            }
        }

        // User code, for which no lock may be held; whoever comes first wins.
        var options = new ClientSocketOptions();
        configure?.Invoke(options);
        ClientSocket? socket;
        lock (Gate)
        {
            ThrowIfDisposed();
            if (!_sockets.TryGetValue(ns, out socket))
            {
                socket = new ClientSocket(this, ns, options);
                _sockets.Add(ns, socket);
            }
        }

        return Begin(socket);

        ClientSocket Begin(ClientSocket socket)
        {
            if (Options.AutoConnect)
            {
                socket.Connect();
            }

            return socket;
        }
    }

    /// <summary>Closes the connection for good: the sockets get "forced close", and none comes back by itself.</summary>
    public Task CloseAsync()
    {
        lock (Gate)
        {
            Close();
        }

        return WhenUnusedAsync();
    }

    /// <summary>Disposes all sockets and closes the connection; waits for the end, for twice <see cref="EngineSocketOptions.CloseTimeout"/> at most. Works at any time, also from a handler, and twice.</summary>
    public async ValueTask DisposeAsync()
    {
        SharedClients.Remove(this);
        ClientSocket[] sockets;
        lock (Gate)
        {
            _isDisposed = true;
            sockets = [.. _sockets.Values];
        }

        foreach (var socket in sockets)
        {
            socket.End();
        }

        await CloseAsync().ConfigureAwait(false);
        _news.Close();
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for the end.</summary>
    public void Dispose() => Track(DisposeAsync().AsTask());

    internal bool Has(string ns)
    {
        lock (Gate)
        {
            return _sockets.ContainsKey(ns);
        }
    }

    internal bool IsDisposed => Volatile.Read(ref _isDisposed);

    internal void Remove(ClientSocket socket) => _sockets.Remove(socket.Namespace);

    internal void ThrowIfDisposed()
    {
        if (_isDisposed)
        {
            throw new ObjectDisposedException(nameof(SocketIOClient), "The client has been disposed; make a new one.");
        }
    }

    internal void HandlerFailed(string ns, string name, Exception error)
    {
        ClientMetrics.Shared.HandlerFailed();
        ClientLog.HandlerFailed(_log, ns, name, error);
    }

    internal void RetriesExhausted(string ns, string name, int tries)
    {
        ClientMetrics.Shared.Dropped();
        ClientLog.RetriesExhausted(_log, ns, name, tries);
    }

    /// <summary>A task of the client's own: a fault is a defect, and is logged instead of being lost.</summary>
    internal void Track(Task task)
    {
        if (!task.IsCompleted || task.IsFaulted)
        {
            _ = ObserveAsync(task);
        }

        async Task ObserveAsync(Task task)
        {
            try
            {
                await task.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                ClientLog.Unexpected(_log, e);
            }
        }
    }
}
