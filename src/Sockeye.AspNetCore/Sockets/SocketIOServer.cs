using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Engine;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The Socket.IO server: a singleton that any service can take to emit (<c>[FromKeyedServices("name")]</c> where it has a name). Used as a namespace itself it is the namespace "/". Thread-safe.
/// </summary>
public sealed partial class SocketIOServer : NamespaceOperations
{
    private readonly Lock _endings = new();
    private int _unfinished;
    private TaskCompletionSource? _allFinished;

    internal SocketIOServer(string name, SocketIOOptions options, IServiceProvider services, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        Name = name;
        Options = options;
        Services = services;
        Scopes = services.GetRequiredService<IServiceScopeFactory>();
        Time = time;
        Log = new SocketLog(loggers.CreateLogger("Sockeye.Sockets"));
        Metrics = new SocketMetrics(meters);
        Format = new PacketCodec(options.PacketFormat, options.JsonSerializerOptions);
        Binder = new ArgumentBinder(Format, services.GetService<IServiceProviderIsService>());
        Recovery = options.ConnectionStateRecovery is { } recovery ? new RecoverySessions(recovery, options.PingInterval + options.PingTimeout, options.ConnectTimeout, time, meters) : null;
        PacketLimits = new PacketLimits(options.MaxAttachments, options.MaxPayload);
        Node = FindBackend(services, name) is { } backend ? new ClusterNode(this, backend) : null;
        Relays = Node is not null && options.NodeAddress != "" ? new RelayDirectory(Node.Backend, Node.Uid, time, loggers.CreateLogger("Sockeye.Engine")) : null;
        PresenceOfAll = options.Presence is { } presence ? new PresenceDirectory(this, presence) : null;
        Namespaces = new NamespaceTable(this);
        Main = Namespaces.GetOrAdd("/");
    }

    /// <summary>The name that <c>AddSocketIO</c> gave it; empty for the one without.</summary>
    public string Name { get; }

    internal SocketIOOptions Options { get; }

    /// <summary>The application's own services, of no scope.</summary>
    internal IServiceProvider Services { get; }

    internal IServiceScopeFactory Scopes { get; }

    internal TimeProvider Time { get; }

    internal SocketLog Log { get; }

    internal SocketMetrics Metrics { get; }

    internal PacketLimits PacketLimits { get; }

    /// <summary>Who may come back; null where nobody can be recovered.</summary>
    internal RecoverySessions? Recovery { get; }

    /// <summary>This server among others; null where it is alone.</summary>
    internal ClusterNode? Node { get; }

    /// <summary>Where requests for sessions of other nodes go; null where none are relayed.</summary>
    internal RelayDirectory? Relays { get; }

    /// <summary>Who is where; null where nobody asked for it.</summary>
    internal PresenceDirectory? PresenceOfAll { get; }

    internal NamespaceTable Namespaces { get; }

    /// <inheritdoc cref="Namespace.Presence" />
    public NamespacePresence Presence => Main.Presence;

    /// <summary>The namespace "/".</summary>
    internal Namespace Main { get; }

    /// <summary>The sessions underneath, once an endpoint is mapped.</summary>
    internal EngineServer? Engine { get; set; }

    /// <summary>True from the moment of <see cref="CloseAsync"/>: whatever ends now ends for that reason.</summary>
    internal bool IsClosing { get; private set; }

    internal override HandlerSet Handlers => Main.Handlers;

    internal override PacketCodec Format { get; }

    internal override ArgumentBinder Binder { get; }

    internal override Namespace[] Targets => Main.Targets;

    /// <summary>The namespace of a name, made at the first call; a missing leading slash is added. Clients can only join namespaces that exist or that a pattern or predicate allows.</summary>
    public Namespace Namespace(string name) => Namespaces.GetOrAdd(name);

    /// <summary>
    /// Namespaces whose name matches a pattern, made when a client first asks for one. Patterns and predicates are asked in the order of their registration. Anchor the
    /// pattern (<c>^/room-\d+$</c>), and give it a match timeout if it can be slow: clients choose the names.
    /// </summary>
    public ParentNamespace Namespace(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Namespaces.AddParent(new ParentNamespace(this, pattern));
    }

    /// <summary>Namespaces whose name a predicate allows: it gets the name and what the client gave as <c>auth</c> (<see cref="JsonValueKind.Undefined"/> if nothing). An exception is a no.</summary>
    public ParentNamespace Namespace(Func<string, JsonElement, Task<bool>> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return Namespaces.AddParent(new ParentNamespace(this, predicate));
    }

    /// <summary>Called for each namespace that is made, except "/", before clients can join it.</summary>
    public void OnNamespaceCreated(Action<Namespace> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Namespaces.AddCreatedHandler(handler);
    }

    /// <summary>
    /// Ends every socket with "server shutting down" and closes the connections; clients try to come back. Completes when the disconnect handlers have finished.
    /// Happens by itself when the host stops.
    /// </summary>
    public Task CloseAsync()
    {
        IsClosing = true;
        EndSockets();
        Engine?.CloseAll();
        // Who connected in between.
        EndSockets();
        Recovery?.Dispose();
        Task finished;
        lock (_endings)
        {
            finished = _unfinished == 0 ? Task.CompletedTask : (_allFinished ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        return Node is null ? finished : LeaveAsync(Node, Relays, PresenceOfAll, finished);

        // Disconnect handlers still tell the others of it.
        static async Task LeaveAsync(ClusterNode node, RelayDirectory? relays, PresenceDirectory? presence, Task finished)
        {
            await finished.ConfigureAwait(false);
            await Task.WhenAll(node.CloseAsync(), relays?.CloseAsync() ?? Task.CompletedTask, presence?.CloseAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public override string ToString() => "the namespace /";

    internal void SocketStarted()
    {
        lock (_endings)
        {
            _unfinished++;
        }
    }

    internal void SocketFinished()
    {
        TaskCompletionSource? finished = null;
        lock (_endings)
        {
            if (--_unfinished == 0)
            {
                finished = _allFinished;
                _allFinished = null;
            }
        }

        finished?.TrySetResult();
    }

    private static IClusterBackend? FindBackend(IServiceProvider services, string name) =>
        name.Length == 0 ? services.GetService<IClusterBackend>() : services.GetKeyedService<IClusterBackend>(name);

    private void EndSockets()
    {
        foreach (var ns in Namespaces.All)
        {
            foreach (var socket in ns.Sockets)
            {
                socket.End(DisconnectReason.ServerShuttingDown);
            }
        }
    }
}
