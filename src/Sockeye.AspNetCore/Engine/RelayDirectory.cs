using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// Which nodes there are, where they take requests, and which ones there were. Nodes announce themselves in a namespace of their own, which only Sockeye joins: as server-side events,
/// which every engine carries. Thread-safe.
/// </summary>
internal sealed class RelayDirectory(IClusterBackend backend, string uid, TimeProvider time, ILogger logger) : IClusterReceiver, IDisposable
{
    /// <summary>No namespace of an application: nobody can connect to it or emit in it.</summary>
    public const string Channel = "/.sockeye/nodes";

    /// <summary>Nodes that are remembered, those that are gone included.</summary>
    private const int MaxNodes = 1024;

    /// <summary>Requests that may wait at a time for a node to be heard of. Anyone can make up session ids.</summary>
    private const int MaxWaiting = 256;

    /// <summary>How long a request waits for a node that nobody has heard of: this node or that one may have come only now.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly PacketData Question = new("[\"nodes\"]"u8.ToArray(), []);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private RelayNode _self = new(uid, null, RandomNumberGenerator.GetBytes(RelayNode.KeyLength));
    private TaskCompletionSource _changed = NewChange();
    private IClusterChannel? _channel;
    private ITimer? _clock;
    private TimeSpan? _asked;
    private int _waiting;
    private bool _isClosed;

    /// <summary>This node.</summary>
    public RelayNode Self => Volatile.Read(ref _self);

    /// <summary>Nobody has rooms here.</summary>
    public IReadOnlyCollection<string> Rooms => [];

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Joins the others, and asks who they are.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _channel = await backend.JoinAsync(Channel, uid, this, cancellationToken).ConfigureAwait(false);
        var interval = backend.Settings.HeartbeatInterval;
        _clock = time.CreateTimer(static state => ((RelayDirectory)state!).Tell(), this, interval, interval);
        await PublishAsync(Create(Question)).ConfigureAwait(false);
    }

    /// <summary>Tells the others where this node takes requests; null: nowhere.</summary>
    public Task AnnounceAsync(Uri? address)
    {
        lock (_gate)
        {
            _self = _self with { Address = address };
        }

        return PublishAsync(Create(Self.ToAnnouncement()));
    }

    /// <summary>Says goodbye.</summary>
    public async Task CloseAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _changed.TrySetResult();
        }

        _clock?.Dispose();
        if (_channel is { } channel)
        {
            await PublishAsync(new() { Type = ClusterMessageType.AdapterClose, Uid = uid, Namespace = Channel }).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The node of a name, or what is wrong with it. One that is unknown is asked for and waited for a little; one that is silent on the engine may still answer requests.</summary>
    public async ValueTask<(RelayNode? Node, string Problem)> FindAsync(string name, CancellationToken cancellationToken)
    {
        var deadline = Now + Patience;
        while (true)
        {
            Task changed;
            bool mayWait;
            lock (_gate)
            {
                if (_entries.TryGetValue(name, out var entry))
                {
                    return Describe(entry);
                }

                changed = _changed.Task;
                mayWait = !_isClosed && _channel is not null && _waiting < MaxWaiting && Now < deadline;
                _waiting += mayWait ? 1 : 0;
            }

            if (!mayWait)
            {
                return (null, $"node {name}, which this one has not heard of");
            }

            try
            {
                Ask();
                await changed.WaitAsync(deadline - Now is { Ticks: > 0 } left ? left : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                lock (_gate)
                {
                    _waiting--;
                }
            }
        }
    }

    public bool HasRoom(string room) => false;

    public IReadOnlyCollection<string> SocketsIn(IReadOnlyList<string> rooms) => [];

    public void Refuse(ClusterError reason) => EngineLog.AnnouncementRefused(logger, reason.ToString());

    public void Receive(ClusterMessage message, string? offset = null)
    {
        if (message.Namespace != Channel || message.Uid == uid)
        {
            return;
        }

        if (message.Type == ClusterMessageType.AdapterClose)
        {
            Leave(message.Uid);
        }
        else if (message.Type == ClusterMessageType.ServerSideEmit)
        {
            if (message.Packet.Json.Span.SequenceEqual(Question.Json.Span))
            {
                Tell();
            }
            else if (RelayNode.FromAnnouncement(message.Uid, message.Packet) is { } node)
            {
                Hear(node);
            }
            else
            {
                Refuse(ClusterError.InvalidPacket);
            }
        }
    }

    public void Dispose() => _clock?.Dispose();

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private (RelayNode? Node, string Problem) Describe(Entry entry) => entry switch
    {
        { Left: { } left } => (null, $"node {entry.Node.Uid} at {entry.Node.Address}, which left the cluster {(Now - left).TotalSeconds:0} s ago"),
        { Node.Address: null } => (null, $"node {entry.Node.Uid}, which has no address (SocketIOOptions.NodeAddress)"),
        _ when IsSilent(entry) => (entry.Node, $", and which was last heard of {(Now - entry.Heard).TotalSeconds:0} s ago"),
        _ => (entry.Node, ""),
    };

    private void Hear(RelayNode node)
    {
        bool isNew;
        lock (_gate)
        {
            isNew = !_entries.TryGetValue(node.Uid, out var known) || known.Left is not null || IsSilent(known);
            if (known is null && _entries.Count >= MaxNodes && !TryForget())
            {
                return;
            }

            _entries[node.Uid] = new Entry(node, Now);
            if (isNew || known!.Node.Address != node.Address)
            {
                _changed.TrySetResult();
                _changed = NewChange();
            }
        }

        if (isNew)
        {
            EngineLog.NodeAnnounced(logger, node.Uid, node.Address);
            // It may have come after this one's last announcement.
            Tell();
        }
    }

    private void Leave(string left)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(left, out var entry))
            {
                entry.Left ??= Now;
            }
        }
    }

    private bool IsSilent(Entry entry) => Now - entry.Heard > backend.Settings.HeartbeatTimeout;

    private bool TryForget()
    {
        var oldest = _entries.Where(pair => pair.Value.Left is not null || IsSilent(pair.Value)).OrderBy(static pair => pair.Value.Heard).FirstOrDefault().Key;
        return oldest is not null && _entries.Remove(oldest);
    }

    /// <summary>At most one question a tenth of a second, however many requests wait.</summary>
    private void Ask()
    {
        lock (_gate)
        {
            if (Now - _asked < TimeSpan.FromMilliseconds(100))
            {
                return;
            }

            _asked = Now;
        }

        _ = PublishAsync(Create(Question));
    }

    private void Tell() => _ = PublishAsync(Create(Self.ToAnnouncement()));

    private ClusterMessage Create(PacketData packet) => new() { Type = ClusterMessageType.ServerSideEmit, Uid = uid, Namespace = Channel, Packet = packet };

    private async Task PublishAsync(ClusterMessage message)
    {
        try
        {
            if (_channel is { } channel)
            {
                await channel.PublishAsync(message).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // The next heartbeat tries again.
            EngineLog.AnnouncementFailed(logger, exception);
        }
    }

    private sealed class Entry(RelayNode node, TimeSpan heard)
    {
        public RelayNode Node => node;

        public TimeSpan Heard => heard;

        /// <summary>When it said goodbye.</summary>
        public TimeSpan? Left { get; set; }
    }
}
