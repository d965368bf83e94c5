using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What nodes tell one another, as server-side events in a namespace of their own, which every engine carries and only Sockeye joins.</summary>
internal sealed partial class PresenceDirectory : IClusterReceiver
{
    /// <summary>No namespace of an application: nobody can connect to it or emit in it.</summary>
    public const string Channel = NamespaceTable.ReservedPrefix + "presence";

    /// <summary>Nodes that are listened to.</summary>
    private const int MaxNodes = 1024;

    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, PresenceRemote> _remotes = new(StringComparer.Ordinal);

    /// <summary>What the others do not know yet: of each place only the last.</summary>
    private readonly Dictionary<PresencePlace, bool> _untold = [];

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private ClusterMembership? _membership;
    private IClusterChannel? _channel;
    private ITimer? _clock;
    private Task _flushing = Task.CompletedTask;
    private bool _isFlushing;
    private bool _isHelloDue;
    private bool _isStateDue;
    private TimeSpan? _lastHello;
    private TimeSpan? _lastState;
    private long _sequence;

    /// <summary>Nobody has rooms here.</summary>
    public IReadOnlyCollection<string> Rooms => [];

    private static ClusterMessage Create(string uid, PacketData packet) => new() { Type = ClusterMessageType.ServerSideEmit, Uid = uid, Namespace = Channel, Packet = packet };

    /// <summary>Joins the others, if there can be some.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (server.Node is not { } node)
        {
            return;
        }

        lock (_gate)
        {
            _membership = new ClusterMembership(node.Uid, node.Settings.HeartbeatTimeout);
        }

        var channel = await node.Backend.JoinAsync(Channel, node.Uid, this, cancellationToken).ConfigureAwait(false);
        var tick = node.Settings.HeartbeatInterval < LongestTick ? node.Settings.HeartbeatInterval : LongestTick;
        lock (_gate)
        {
            _channel = channel;
            _isHelloDue = true;
            _clock = server.Time.CreateTimer(static state => ((PresenceDirectory)state!).Tick(), this, tick, tick);
            Flush();
        }
    }

    /// <summary>Says goodbye.</summary>
    public async Task CloseAsync()
    {
        Task flushing;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            flushing = _flushing;
        }

        Dispose();
        await flushing.ConfigureAwait(false);
        if (_channel is { } channel)
        {
            await PublishAsync(channel, new() { Type = ClusterMessageType.AdapterClose, Uid = Self, Namespace = Channel }).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }
    }

    public bool HasRoom(string room) => false;

    public IReadOnlyCollection<string> SocketsIn(IReadOnlyList<string> rooms) => [];

    public void Refuse(ClusterError reason)
    {
        server.Metrics.ClusterMessageRefused(reason.ToString());
        server.Log.ClusterMessageRefused(Channel, reason);
    }

    public void Receive(ClusterMessage message, string? offset = null)
    {
        if (message.Namespace != Channel || message.Uid == Self)
        {
            return;
        }

        if (message.Type == ClusterMessageType.AdapterClose)
        {
            lock (_gate)
            {
                Leave(message.Uid);
                Settle();
            }
        }
        else if (message.Type == ClusterMessageType.ServerSideEmit)
        {
            if (PresenceMessage.Decode(message.Packet) is { } told)
            {
                Receive(message, told);
            }
            else
            {
                Refuse(ClusterError.InvalidPacket);
            }
        }
    }

    private void Receive(ClusterMessage message, PresenceMessage told)
    {
        lock (_gate)
        {
            if (_isClosed || _membership is null)
            {
                return;
            }

            if (!_remotes.TryGetValue(message.Uid, out var remote))
            {
                if (_remotes.Count >= MaxNodes)
                {
                    return;
                }

                _remotes.Add(message.Uid, remote = new PresenceRemote(message.Uid, _picture, options.MaxEntries));
                // It does not know this one.
                _isHelloDue = true;
            }

            _membership.Hear(message with { Type = ClusterMessageType.Heartbeat }, Now);
            if (told.Kind == PresenceMessageKind.Ask)
            {
                _isStateDue |= told.Node == Self;
            }
            else
            {
                List<PresencePlace> joined = [];
                if (remote.Receive(told, Now, joined))
                {
                    _asked.Add(message.Uid);
                }

                joined.ForEach(place => _events.Add(place, joined: true));
                if (remote.IsCut)
                {
                    Full();
                }
            }

            Settle();
        }
    }

    private void Leave(string uid)
    {
        _membership?.Remove(uid);
        if (_remotes.Remove(uid, out var remote))
        {
            remote.Leave(Now);
        }
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            foreach (var uid in _membership!.TakeSilent(Now))
            {
                Leave(uid);
            }

            _isHelloDue |= _lastHello is null || Now - _lastHello >= server.Node!.Settings.HeartbeatInterval;
            Settle();
        }
    }

    private void Tell(PresencePlace place, bool isThere)
    {
        if (_membership is not null && !_isClosed && !_untold.Remove(place))
        {
            _untold.Add(place, isThere);
        }
    }

    /// <summary>One task sends, so that what is told keeps its order.</summary>
    private void Flush()
    {
        if (!_isFlushing && _channel is { } channel && (_isHelloDue || _untold.Count > 0 || _asked.Count > 0 || IsStateDue()))
        {
            _isFlushing = true;
            _flushing = Task.Run(() => FlushAsync(channel));
        }
    }

    private bool IsStateDue() => _isStateDue && (_lastState is null || Now - _lastState >= StateInterval);

    private async Task FlushAsync(IClusterChannel channel)
    {
        while (true)
        {
            List<PresenceMessage> messages;
            lock (_gate)
            {
                messages = Take();
                if (messages.Count == 0)
                {
                    _isFlushing = false;
                    return;
                }
            }

            foreach (var message in messages)
            {
                await PublishAsync(channel, Create(Self, message.Encode())).ConfigureAwait(false);
            }
        }
    }

    private List<PresenceMessage> Take()
    {
        List<PresenceMessage> messages = [.. _asked.Select(static uid => new PresenceMessage(PresenceMessageKind.Ask, Node: uid))];
        _asked.Clear();
        foreach (var part in _untold.Chunk(PresenceMessage.MaxEntries))
        {
            messages.Add(new(PresenceMessageKind.Change, ++_sequence) { Entries = [.. part.Select(static told => (told.Key, told.Value))] });
        }

        _untold.Clear();
        if (IsStateDue())
        {
            (_isStateDue, _lastState) = (false, Now);
            messages.AddRange(TakeState());
        }

        if (_isHelloDue)
        {
            (_isHelloDue, _lastHello) = (false, Now);
            messages.Add(new(PresenceMessageKind.Hello, _sequence));
        }

        return messages;
    }

    private PresenceMessage[] TakeState()
    {
        PresencePlace[][] parts = [.. _counts.Keys.Where(place => _picture.IsHeld(Self, place)).Chunk(PresenceMessage.MaxEntries)];
        if (parts.Length == 0)
        {
            parts = [[]];
        }

        return [.. parts.Select((part, i) => new PresenceMessage(PresenceMessageKind.State, _sequence, Part: i, IsLast: i == parts.Length - 1)
        {
            Entries = [.. part.Select(static place => (place, true))],
        })];
    }

    private async Task PublishAsync(IClusterChannel channel, ClusterMessage message)
    {
        try
        {
            await channel.PublishAsync(message).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The next hello tells the others that they miss something.
            server.Metrics.ClusterPublishFailed();
            server.Log.ClusterPublishFailed(message.Type, Channel, e);
        }
    }
}
