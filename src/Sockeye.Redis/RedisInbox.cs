using System.Collections.Concurrent;
using System.Threading.Channels;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis;

/// <summary>What comes for one namespace: from several subscriptions into one queue, in the order of arrival, and out of it one message after the other. Thread-safe.</summary>
internal sealed class RedisInbox : IAsyncDisposable
{
    private readonly ISubscriber _subscriber;
    private readonly IClusterReceiver _receiver;
    private readonly Action<string, ReadOnlyMemory<byte>> _deliver;
    private readonly RedisOptions _options;
    private readonly ClusterSignature? _signature;
    private readonly ArrivalOrder _order;
    private readonly ConcurrentDictionary<RedisChannel, ChannelMessageQueue> _subscriptions = new();
    private readonly Channel<(string Channel, ReadOnlyMemory<byte> Payload)> _arrived =
        Channel.CreateUnbounded<(string, ReadOnlyMemory<byte>)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Task _delivering;
    private long _waitingBytes;

    /// <summary>Creates it.</summary>
    /// <param name="subscriber">The link.</param>
    /// <param name="receiver">Gets to know what is lost.</param>
    /// <param name="deliver">Takes a message: the channel's name and the payload.</param>
    /// <param name="options">The limits.</param>
    public RedisInbox(ISubscriber subscriber, IClusterReceiver receiver, Action<string, ReadOnlyMemory<byte>> deliver, RedisOptions options)
    {
        (_subscriber, _receiver, _deliver, _options) = (subscriber, receiver, deliver, options);
        _signature = ClusterSignature.Create(options.ToSettings());
        _order = new ArrivalOrder(Take);
        _delivering = Task.Run(DeliverAsync);
    }

    /// <summary>Completes when Redis has confirmed it.</summary>
    public async Task SubscribeAsync(RedisChannel channel)
    {
        var queue = await _subscriber.SubscribeAsync(channel).ConfigureAwait(false);
        _subscriptions[channel] = queue;
        _order.Follow(queue);
    }

    public Task UnsubscribeAsync(RedisChannel channel) => _subscriptions.TryRemove(channel, out var queue) ? queue.UnsubscribeAsync() : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        // All at once, so that nobody finds this node on one of its channels and not on another. Without a link there is no subscription, either.
        await Task.WhenAll(_subscriptions.Values.Select(static queue => queue.UnsubscribeAsync())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        _arrived.Writer.TryComplete();
        await _delivering.ConfigureAwait(false);
    }

    private void Take(ChannelMessage message)
    {
        ReadOnlyMemory<byte> payload = message.Message;
        if (payload.Length > (long)_options.Limits.MaxMessageBytes + (_signature is null ? 0 : ClusterSignature.MaxOverhead))
        {
            _receiver.Refuse(ClusterError.TooLarge);
        }
        else if (Interlocked.Add(ref _waitingBytes, payload.Length) > _options.MaxQueuedBytes + _options.Limits.MaxMessageBytes)
        {
            Interlocked.Add(ref _waitingBytes, -payload.Length);
            _receiver.Refuse(ClusterError.Lost);
        }
        else
        {
            _arrived.Writer.TryWrite((message.Channel.ToString(), payload));
        }
    }

    private async Task DeliverAsync()
    {
        await foreach (var (channel, payload) in _arrived.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Interlocked.Add(ref _waitingBytes, -payload.Length);
            var content = payload;
            if (_signature?.TryOpen(payload, out content) == false)
            {
                _receiver.Refuse(ClusterError.InvalidSignature);
                continue;
            }

            _deliver(channel, content);
        }
    }
}
