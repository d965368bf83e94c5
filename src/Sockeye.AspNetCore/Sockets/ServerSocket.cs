using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// One client in one namespace. Exists from its CONNECT packet on: in connect middlewares with <see cref="Connected"/> false, then until either side
/// leaves or the connection ends, exactly once. Thread-safe. Methods named Async complete when the packet is queued, not when it has arrived:
/// an acknowledgement tells that.
/// </summary>
public sealed partial class ServerSocket
{
    /// <summary>120 random bits as 20 characters of base64url; the official form, and other tools rely on the length.</summary>
    private const int IdBytes = 15;

    internal RoomMembership Membership;

    private readonly EventLane _lane;
    private ConcurrentDictionary<string, object?>? _data;
    private HandlerSet? _handlers;
    private int _state;

    internal ServerSocket(Namespace ns, SocketConnection connection, Handshake handshake, RecoveryClaim? claim = null)
    {
        Namespace = ns;
        Connection = connection;
        Handshake = handshake;
        Id = connection.IdFor(ns) ?? claim?.Session?.Sid ?? System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes));
        Acks = new SocketAcks(connection.Budget);
        _lane = new EventLane(this, connection.Budget, ns.Server.Options.MaxConcurrentEvents);
        _claim = claim;
        Recovery = CreateRecovery(claim);
    }

    /// <summary>The socket's public name, 20 characters of A-Z, a-z, 0-9, "-" and "_"; also a room that the socket is in. Not the id of the connection, which is secret.
    /// (A client of Engine.IO 3 knows no other id than that: there it is the connection's, with the namespace and "#" in front unless that is "/".)</summary>
    public string Id { get; }

    /// <summary>The namespace.</summary>
    public Namespace Namespace { get; }

    /// <summary>Whether the client is in the namespace: false in connect middlewares and after the end.</summary>
    public bool Connected => System.Threading.Volatile.Read(ref _state) == State.Connected;

    /// <summary>For the application, thread-safe; seen by <see cref="RemoteSocket.Data"/> too.</summary>
    public IDictionary<string, object?> Data
    {
        get
        {
            var data = System.Threading.Volatile.Read(ref _data);
            if (data is null)
            {
                var created = new ConcurrentDictionary<string, object?>(concurrencyLevel: 1, capacity: 5, StringComparer.Ordinal);
                data = Interlocked.CompareExchange(ref _data, created, null) ?? created;
            }

            return data;
        }
    }

    /// <summary>The client's request and its <c>auth</c>.</summary>
    public Handshake Handshake { get; }

    /// <summary>Who the client is authenticated as: <c>HttpContext.User</c> of the request that opened the connection, then what later requests and <see cref="RefreshUser"/> made of it.</summary>
    public ClaimsPrincipal User => Conn.User;

    /// <summary>
    /// The services of the event, middleware, connection or disconnect handler in which this is asked: scoped ones live as long as it. The scope is made at the first
    /// question and disposed when the handler has finished; of two events of one socket at the same time (<see cref="SocketIOOptions.MaxConcurrentEvents"/>) each has its own.
    /// Parameters of handlers whose type is a registered service come from here by themselves.
    /// </summary>
    /// <exception cref="InvalidOperationException">No handler is running here, or it has finished: make a scope with an <see cref="IServiceScopeFactory"/>.</exception>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822", Justification = "Each event has its own, but to its handler they are the socket's.")]
    public IServiceProvider Services => EventScope.Current?.Services ?? throw new InvalidOperationException(
        "Services belong to a handler: an event, a middleware, a connection or a disconnect. None is running here, or it has finished. Elsewhere take an IServiceScopeFactory and call CreateAsyncScope().");

    /// <summary>The rooms of this socket as they are now, a copy; empty in OnDisconnect, still full in OnDisconnecting.</summary>
    public IReadOnlySet<string> Rooms => Namespace.Adapter.RoomsOf(this);

    /// <summary>The Engine.IO session that carries this socket, and maybe sockets of other namespaces.</summary>
    public EngineSession Conn => Connection.Session;

    internal SocketConnection Connection { get; }

    internal SocketAcks Acks { get; }

    internal bool HasEnded => System.Threading.Volatile.Read(ref _state) == State.Ended;

    /// <summary>The handlers of this socket alone; null while there are none, as in the taught form.</summary>
    internal HandlerSet? OwnHandlers => System.Threading.Volatile.Read(ref _handlers);

    private HandlerSet Handlers
    {
        get
        {
            var created = OwnHandlers;
            if (created is null)
            {
                created = new HandlerSet();
                created = Interlocked.CompareExchange(ref _handlers, created, null) ?? created;
            }

            return created;
        }
    }

    /// <inheritdoc cref="EngineSession.RefreshUser" />
    public void RefreshUser(ClaimsPrincipal user, DateTimeOffset? expires = null) => Conn.RefreshUser(user, expires);

    /// <inheritdoc />
    public override string ToString() => $"{Namespace.Name}#{Id}";

    private static class State
    {
        public const int Pending = 0;
        public const int Connected = 1;
        public const int Ended = 2;
    }
}
