using System.Collections.Concurrent;

namespace Sockeye.Protocol.Cluster;

/// <summary>
/// An engine for servers of one process, which share the hub: for tests, and for an application that has several servers. Messages take the form that they have on a wire, and are read
/// as strictly. Thread-safe.
/// </summary>
public sealed class MemoryHub : IClusterBackend
{
    private readonly ConcurrentDictionary<Channel, string> _channels = new();
    private readonly ClusterSignature? _signature;
    private readonly Dictionary<string, MemoryLog> _logs = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly int _logLength;

    /// <summary>Creates a hub.</summary>
    /// <param name="settings">The times and limits.</param>
    /// <param name="logLength">How many messages of each namespace are kept for clients that lost their connection. Zero: no log.</param>
    public MemoryHub(ClusterSettings? settings = null, int logLength = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(logLength);
        (Settings, _logLength) = ((settings ?? new()).Check(), logLength);
        _signature = ClusterSignature.Create(Settings);
    }

    /// <inheritdoc />
    public ClusterSettings Settings { get; }

    /// <inheritdoc />
    public bool HasLog => _logLength > 0;

    /// <inheritdoc />
    public ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var channel = HasLog ? new LogChannel(this, uid, receiver, LogOf(ns)) : new Channel(this, uid, receiver);
            _channels[channel] = ns;
            return new(channel);
        }
    }

    private MemoryLog LogOf(string ns)
    {
        if (!_logs.TryGetValue(ns, out var log))
        {
            _logs.Add(ns, log = new MemoryLog(_logLength, Settings.Limits));
        }

        return log;
    }

    /// <summary>The namespace is the message's: an emitter has one channel for all.</summary>
    private string? Publish(Channel sender, ClusterMessage message, bool isLogged)
    {
        var data = message.HasBinary ? ClusterMessageCodec.EncodeMessagePack(message) : ClusterMessageCodec.EncodeJson(message);
        var frame = _signature?.Sign(data) ?? data;
        if (!isLogged || !message.IsDurable)
        {
            Deliver(null);
            return null;
        }

        // In one order for all.
        lock (_gate)
        {
            var offset = LogOf(message.Namespace).Append(data);
            Deliver(offset);
            return offset;
        }

        void Deliver(string? offset)
        {
            foreach (var (channel, name) in _channels)
            {
                if (name == message.Namespace && (channel != sender || offset is not null) && (message.Recipient is null || message.Recipient == channel.Uid))
                {
                    channel.Enqueue(frame, offset);
                }
            }
        }
    }

    private class Channel(MemoryHub hub, string uid, IClusterReceiver receiver) : IClusterChannel, IThreadPoolWorkItem
    {
        private readonly ConcurrentQueue<(byte[] Data, string? Offset)> _queue = new();
        private int _queued;

        public string Uid => uid;

        protected MemoryHub Hub => hub;

        public virtual ValueTask<string?> PublishAsync(ClusterMessage message) => new(hub.Publish(this, message, isLogged: false));

        public ValueTask DisposeAsync()
        {
            hub._channels.TryRemove(this, out _);
            return default;
        }

        public void Enqueue(byte[] data, string? offset)
        {
            _queue.Enqueue((data, offset));
            if (Interlocked.Increment(ref _queued) == 1)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        void IThreadPoolWorkItem.Execute()
        {
            do
            {
                if (_queue.TryDequeue(out var item) && hub._channels.ContainsKey(this))
                {
                    ClusterMessage? message = null;
                    ReadOnlyMemory<byte> content = item.Data;
                    var error = hub._signature?.TryOpen(item.Data, out content) == false
                        ? ClusterError.InvalidSignature
                        : ClusterMessageCodec.TryDecode(content.Span, hub.Settings.Limits, out message);
                    if (error == ClusterError.None)
                    {
                        receiver.Receive(message!, item.Offset);
                    }
                    else
                    {
                        receiver.Refuse(error);
                    }
                }
            }
            while (Interlocked.Decrement(ref _queued) > 0);
        }
    }

    private sealed class LogChannel(MemoryHub hub, string uid, IClusterReceiver receiver, MemoryLog log) : Channel(hub, uid, receiver), IClusterLogChannel
    {
        public string Start { get; } = log.End;

        public override ValueTask<string?> PublishAsync(ClusterMessage message) => new(Hub.Publish(this, message, isLogged: true));

        public bool IsOffset(string text) => MemoryLog.TryParse(text, out _);

        public int Compare(string first, string second) =>
            MemoryLog.TryParse(first, out var one) && MemoryLog.TryParse(second, out var other) ? one.CompareTo(other) : throw new ArgumentException($"Not places in a log: {first}, {second}.");

        public ValueTask PersistAsync(ClusterSession session, TimeSpan duration)
        {
            lock (Hub._gate)
            {
                log.Persist(session, DateTimeOffset.UtcNow + duration);
            }

            return default;
        }

        public ValueTask<ClusterSession?> TakeAsync(string pid)
        {
            lock (Hub._gate)
            {
                return new(log.Take(pid, DateTimeOffset.UtcNow));
            }
        }

        public ValueTask<ClusterLogPage> ReadAsync(string after)
        {
            lock (Hub._gate)
            {
                return new(log.Read(after));
            }
        }
    }
}
