using System.Security.Cryptography;
using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A server as one node of a cluster: its name, its engine, its clock. Each namespace has a <see cref="ClusterAdapter"/> of its own.</summary>
internal sealed class ClusterNode(SocketIOServer server, IClusterBackend backend) : IDisposable
{
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);

    private ITimer? _clock;
    private int _isClosed;

    public SocketIOServer Server => server;

    public IClusterBackend Backend => backend;

    public ClusterSettings Settings { get; } = backend.Settings.Check();

    /// <summary>This node, in every message that it sends: 16 hexadecimal digits, as officially.</summary>
    public string Uid { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>The time that all instants of the cluster are on.</summary>
    public TimeSpan Now => server.Time.GetElapsedTime(0);

    /// <summary>Completes when the namespaces that are there have joined. A failure is the application's failure to start.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (server.Recovery is { } recovery && backend is { HasLog: true, LogDuration: { } kept } && kept < recovery.MaxDisconnectionDuration)
        {
            throw new InvalidOperationException(
                $"The engine's log keeps events for {kept}, and a client may be away for {recovery.MaxDisconnectionDuration} (ConnectionStateRecovery.MaxDisconnectionDuration): let LogDuration of the engine's options be at least that.");
        }

        var tick = Settings.HeartbeatInterval < LongestTick ? Settings.HeartbeatInterval : LongestTick;
        _clock = server.Time.CreateTimer(static state => ((ClusterNode)state!).Tick(), this, tick, tick);
        foreach (var ns in server.Namespaces.All)
        {
            await ns.Cluster!.Joined.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says goodbye. Whoever asks this node something from now on gets no answer.</summary>
    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _clock?.Dispose();
            await Task.WhenAll(server.Namespaces.All.Select(static ns => ns.Cluster!.CloseAsync())).ConfigureAwait(false);
        }
    }

    public void Dispose() => _clock?.Dispose();

    private void Tick()
    {
        foreach (var ns in server.Namespaces.All)
        {
            ns.Cluster!.Tick();
        }
    }
}
