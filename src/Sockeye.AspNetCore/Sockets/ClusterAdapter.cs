using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// One namespace among the nodes: what is done to sockets here is told to the others, and what they tell is done here. Its messages are values; their form on the wire is the
/// engine's. Thread-safe.
/// </summary>
internal sealed partial class ClusterAdapter : IClusterReceiver
{
    private static readonly Task<string?> NoOffset = Task.FromResult<string?>(null);

    private readonly ClusterNode _node;
    private readonly Namespace _namespace;
    private readonly Lock _gate = new();
    private readonly ClusterMembership _membership;
    private readonly Dictionary<string, ClusterCall> _calls = new(StringComparer.Ordinal);
    private readonly AwaitedRooms? _awaited;
    private Task<IClusterChannel> _joining;
    private TimeSpan _lastSent;
    private bool _isClosed;

    public ClusterAdapter(ClusterNode node, Namespace ns)
    {
        _node = node;
        _namespace = ns;
        _membership = new ClusterMembership(node.Uid, node.Settings.HeartbeatTimeout);
        // A log that nodes share gets everything, whatever rooms there are here.
        _awaited = ns.Log is null ? null : new AwaitedRooms(ns.Server.Recovery!.MaxDisconnectionDuration + ns.Server.Recovery.Patience);
        _joining = JoinAsync();
    }

    /// <summary>Completes when this node hears what the others say.</summary>
    public Task Joined => Volatile.Read(ref _joining);

    /// <summary>The questions that wait for answers.</summary>
    public int PendingCalls
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>How many nodes there are: this one, those that send heartbeats, and those that only the engine counts.</summary>
    public async Task<int> CountNodesAsync()
    {
        var (strangers, members, _) = await CountOthersAsync().ConfigureAwait(false);
        return 1 + members + strangers;
    }

    public void RoomChanged(string room, bool isPrivate)
    {
        if (Volatile.Read(ref _joining) is { IsCompletedSuccessfully: true } joined)
        {
            joined.Result.RoomChanged(room, isPrivate);
        }
    }

    /// <summary>A socket is lost, and may come back: its rooms stay those of this node.</summary>
    public void Await(IEnumerable<string> rooms, string socketId) => _awaited?.Add(rooms, socketId, _node.Now);

    /// <summary>Time passes: silent nodes are dead, and after a silence of its own this one says that it is not.</summary>
    public void Tick()
    {
        IReadOnlyList<string> silent;
        bool isDue;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            var now = _node.Now;
            while (_awaited?.TryTakeExpired(now, out var room, out var isPrivate) == true)
            {
                RoomChanged(room, isPrivate);
            }

            silent = _membership.TakeSilent(now);
            isDue = now - _lastSent >= _node.Settings.HeartbeatInterval;
            if (_joining.IsFaulted)
            {
                _joining = JoinAsync();
                isDue = false;
            }
        }

        foreach (var uid in silent)
        {
            NodeLeft(uid, "silent for too long");
        }

        if (isDue && Joined.IsCompletedSuccessfully)
        {
            _ = TryPublishAsync(Create(ClusterMessageType.Heartbeat));
        }
    }

    /// <summary>Leaves the namespace; open questions end with what has come.</summary>
    public async Task CloseAsync()
    {
        ClusterCall[] calls;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            calls = [.. _calls.Values];
            _calls.Clear();
        }

        foreach (var call in calls)
        {
            call.End(MissingReason.Unreachable);
        }

        if (Joined.IsCompletedSuccessfully)
        {
            await TryPublishAsync(Create(ClusterMessageType.AdapterClose)).ConfigureAwait(false);
            await (await _joining.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<(int Strangers, int Members, string[] Known)> CountOthersAsync()
    {
        var channel = await Volatile.Read(ref _joining).ConfigureAwait(false);
        string[] known;
        int members;
        lock (_gate)
        {
            members = _membership.Members.Count;
            known = [_node.Uid, .. _membership.Members, .. _membership.Former];
        }

        return (await channel.CountStrangersAsync(known).ConfigureAwait(false) ?? 0, members, known);
    }

    private ClusterMessage Create(ClusterMessageType type) => new() { Type = type, Uid = _node.Uid, Namespace = _namespace.Name };

    private async Task<IClusterChannel> JoinAsync()
    {
        // Not in the constructor of the namespace: messages may come at once.
        await Task.Yield();
        try
        {
            var channel = await _node.Backend.JoinAsync(_namespace.Name, _node.Uid, this, CancellationToken.None).ConfigureAwait(false);
            _namespace.SharedLog?.Open((IClusterLogChannel)channel);
            await channel.PublishAsync(Create(ClusterMessageType.InitialHeartbeat)).ConfigureAwait(false);
            return channel;
        }
        catch (Exception e)
        {
            _namespace.Server.Log.ClusterJoinFailed(_namespace.Name, e);
            throw;
        }
    }

    /// <summary>Gives a message to the engine. It is logged and counted when that does not take it, and the caller gets to know it.</summary>
    private Task<string?> PublishAsync(ClusterMessage message)
    {
        _lastSent = _node.Now;
        var joining = Volatile.Read(ref _joining);
        if (!joining.IsCompletedSuccessfully)
        {
            return AfterJoin();
        }

        try
        {
            var published = joining.Result.PublishAsync(message);
            return published is { IsCompletedSuccessfully: true, Result: null } ? NoOffset : Watch(published);
        }
        catch (Exception e)
        {
            return Task.FromException<string?>(Failed(message, e));
        }

        async Task<string?> AfterJoin()
        {
            try
            {
                return await (await joining.ConfigureAwait(false)).PublishAsync(message).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                throw Failed(message, e);
            }
        }

        async Task<string?> Watch(ValueTask<string?> published)
        {
            try
            {
                return await published.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                throw Failed(message, e);
            }
        }
    }

    /// <summary>The same where nobody is there to be told.</summary>
    private async Task TryPublishAsync(ClusterMessage message) => await ((Task)PublishAsync(message)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private ClusterException Failed(ClusterMessage message, Exception e)
    {
        _namespace.Server.Metrics.ClusterPublishFailed();
        _namespace.Server.Log.ClusterPublishFailed(message.Type, _namespace.Name, e);
        return e as ClusterException ?? new ClusterException($"The other nodes did not get a message of {_namespace.Name}: {e.Message}", e);
    }

    private void NodeLeft(string uid, string reason)
    {
        _namespace.Server.Log.NodeLeft(uid, _namespace.Name, reason);
        ClusterCall[] calls;
        lock (_gate)
        {
            calls = [.. _calls.Values];
        }

        foreach (var call in calls)
        {
            call.Leave(uid);
        }
    }
}
