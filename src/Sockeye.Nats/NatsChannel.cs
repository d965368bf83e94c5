using System.Threading.Channels;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>One node's end of a namespace. Two subscriptions, what is for all and what is for this node, end in one queue, so that order is kept between them.</summary>
internal sealed class NatsChannel : IClusterChannel
{
    private readonly NatsLink _link;
    private readonly IClusterReceiver _receiver;
    private readonly Action<NatsChannel> _left;
    private readonly long _maxQueuedBytes;
    private readonly Channel<byte[]> _arrived = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });
    private readonly NatsSubscription[] _subscriptions;
    private readonly Task _reading;
    private long _queuedBytes;
    private int _isDisposed;

    public NatsChannel(NatsLink link, string subject, string uid, IClusterReceiver receiver, long maxQueuedBytes, Action<NatsChannel> left)
    {
        (_link, _receiver, _maxQueuedBytes, _left) = (link, receiver, maxQueuedBytes, left);
        _subscriptions = [new NatsSubscription(link.Connection, subject, Enqueue), new NatsSubscription(link.Connection, $"{subject}.{uid}", Enqueue)];
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Completes when the server knows of the subscriptions.</summary>
    public async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        foreach (var subscription in _subscriptions)
        {
            await _link.Connection.AddSubAsync(subscription, cancellationToken).ConfigureAwait(false);
        }

        await _link.Connection.PingAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<string?> PublishAsync(ClusterMessage message) => _link.PublishAsync(message);

    /// <summary>Something may have been missed.</summary>
    public void Lose() => _receiver.Refuse(ClusterError.Lost);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _left(this);
        _arrived.Writer.TryComplete();
        foreach (var subscription in _subscriptions)
        {
            try
            {
                await subscription.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (NatsLink.IsFailure(e))
            {
                // Without a link there is no subscription, either.
            }
        }

        await _reading.ConfigureAwait(false);
    }

    private void Enqueue(byte[] data)
    {
        var queued = Interlocked.Add(ref _queuedBytes, data.Length);
        if (queued > _maxQueuedBytes && queued > data.Length)
        {
            Interlocked.Add(ref _queuedBytes, -data.Length);
            Lose();
        }
        else
        {
            _arrived.Writer.TryWrite(data);
        }
    }

    private async Task ReadAsync()
    {
        await foreach (var data in _arrived.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Interlocked.Add(ref _queuedBytes, -data.Length);
            if (Volatile.Read(ref _isDisposed) != 0)
            {
                continue;
            }

            var error = _link.TryRead(data, out var message);
            if (error == ClusterError.None)
            {
                _receiver.Receive(message!);
            }
            else
            {
                _receiver.Refuse(error);
            }
        }
    }
}
