using System.Threading.Channels;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Sharded;

/// <summary>One node's end of a namespace on sharded channels. Subscriptions of rooms follow the rooms of this node; one task changes them, so that the last word counts.</summary>
internal sealed class ShardedChannel : IClusterChannel
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly IConnectionMultiplexer _connection;
    private readonly RedisLink _link;
    private readonly string _ns;
    private readonly IClusterReceiver _receiver;
    private readonly RedisOptions _options;
    private readonly RedisLog _log;
    private readonly Action _left;
    private readonly ShardedWire _wire;
    private readonly RedisInbox _inbox;
    private readonly Channel<string> _changed = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<string> _subscribed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private Task _changing = Task.CompletedTask;

    private ShardedChannel(IConnectionMultiplexer connection, RedisLink link, string ns, IClusterReceiver receiver, RedisOptions options, RedisLog log, Action left)
    {
        (_connection, _link, _ns, _receiver, _options, _log, _left) = (connection, link, ns, receiver, options, log, left);
        _wire = new ShardedWire(options);
        _inbox = new RedisInbox(connection.GetSubscriber(), receiver, Deliver, options);
    }

    public static async Task<IClusterChannel> JoinAsync(
        IConnectionMultiplexer connection, RedisLink link, string ns, string uid, IClusterReceiver receiver, RedisOptions options, RedisLog log, Action left)
    {
        var channel = new ShardedChannel(connection, link, ns, receiver, options, log, left);
        try
        {
            await channel._inbox.SubscribeAsync(channel._wire.Named(ns, uid)).ConfigureAwait(false);
            await channel._inbox.SubscribeAsync(channel._wire.Main(ns)).ConfigureAwait(false);
        }
        catch
        {
            await channel._inbox.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        foreach (var room in receiver.Rooms)
        {
            // Whose they are is not known here: one subscription too many does no harm.
            channel.RoomChanged(room, isPrivate: false);
        }

        channel._changing = Task.Run(channel.ChangeAsync);
        return channel;
    }

    public ValueTask<string?> PublishAsync(ClusterMessage message) => _link.PublishAsync(_wire.Encode(message));

    public ValueTask<int?> CountStrangersAsync(IReadOnlyCollection<string> known) =>
        new(RedisNodeCount.CountStrangersAsync(_connection, "SHARDNUMSUB", _wire.Main(_ns), known.Select(uid => _wire.Named(_ns, uid))));

    public void RoomChanged(string room, bool isPrivate)
    {
        if (_wire.HasChannel(room, isPrivate))
        {
            _changed.Writer.TryWrite(room);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _left();
        await _closing.CancelAsync().ConfigureAwait(false);
        _changed.Writer.TryComplete();
        await _changing.ConfigureAwait(false);
        await _inbox.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task ChangeAsync()
    {
        await foreach (var room in _changed.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            var isWanted = _receiver.HasRoom(room);
            if (isWanted == _subscribed.Contains(room))
            {
                continue;
            }

            var channel = _wire.Named(_ns, room);
            try
            {
                await (isWanted ? _inbox.SubscribeAsync(channel) : _inbox.UnsubscribeAsync(channel)).ConfigureAwait(false);
                _ = isWanted ? _subscribed.Add(room) : _subscribed.Remove(room);
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
            {
                _log.SubscriptionFailed(channel.ToString(), e);
                if (isWanted)
                {
                    _receiver.Refuse(ClusterError.Lost);
                    _ = TryAgainAsync(room);
                }
            }
        }
    }

    private async Task TryAgainAsync(string room)
    {
        await Task.Delay(RetryDelay, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _changed.Writer.TryWrite(room);
    }

    private void Deliver(string channel, ReadOnlyMemory<byte> payload)
    {
        var error = ClusterMessageCodec.TryDecode(payload.Span, _options.Limits, out var message);
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
