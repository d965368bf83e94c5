using System.Globalization;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Streams;

/// <summary>
/// Writes to the streams and channels, in the order of the calls: a question waits until what was written to the stream before it has its place there, which goes with it. Thread-safe.
/// </summary>
internal sealed class StreamsPublisher(Func<IConnectionMultiplexer> connection, RedisStreamsOptions options)
{
    private readonly ClusterSignature? _signature = ClusterSignature.Create(options.ToSettings());
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<string?>> _written = new(StringComparer.Ordinal);
    private Task _published = Task.CompletedTask;
    private long _queued;

    public string StreamOf(string ns) => StreamName.Of(options.StreamName, options.StreamCount, ns);

    public RedisChannel ChannelOf(string ns, string? uid = null)
    {
        var name = uid is null ? $"{options.ChannelPrefix}#{ns}#" : $"{options.ChannelPrefix}#{ns}#{uid}#";
        return options.UseShardedPubSub ? RedisChannel.Sharded(name) : RedisChannel.Literal(name);
    }

    /// <summary>Into the stream; the result is its place.</summary>
    public Task<string?> WriteAsync(ClusterMessage message)
    {
        var stream = StreamOf(message.Namespace);
        var arguments = StreamEntryCodec.Write(message, stream, options, _signature);
        var size = Reserve(((byte[])arguments[^1]).Length);
        lock (_gate)
        {
            return _written[stream] = SendAsync(connection().GetDatabase().ExecuteAsync("XADD", arguments), size);
        }

        async Task<string?> SendAsync(Task<RedisResult> sending, long reserved)
        {
            try
            {
                return (string?)await sending.ConfigureAwait(false);
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                throw NotTaken(e);
            }
            finally
            {
                Interlocked.Add(ref _queued, -reserved);
            }
        }
    }

    /// <summary>To those who listen at this moment.</summary>
    public Task PublishAsync(ClusterMessage message)
    {
        lock (_gate)
        {
            var written = _written.GetValueOrDefault(StreamOf(message.Namespace)) ?? Task.FromResult<string?>(null);
            return _published = written.IsCompleted && _published.IsCompleted ? SendAsync(message, written) : AfterAsync(_published, message, written);
        }

        async Task AfterAsync(Task before, ClusterMessage message, Task<string?> written)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)written).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SendAsync(message, written).ConfigureAwait(false);
        }

        async Task SendAsync(ClusterMessage message, Task<string?> written)
        {
            StreamId? after = written.IsCompletedSuccessfully && StreamId.TryParse(written.Result, out var id) ? id : null;
            var data = EphemeralCodec.Encode(message, after, _signature);
            var size = Reserve(data.Length);
            try
            {
                await connection().GetSubscriber().PublishAsync(ChannelOf(message.Namespace, message.Recipient), data).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                throw NotTaken(e);
            }
            finally
            {
                Interlocked.Add(ref _queued, -size);
            }
        }
    }

    public static ClusterException NotTaken(Exception e) => new($"Redis did not take it: {e.Message}", e);

    private long Reserve(int size)
    {
        if (size > options.Limits.MaxMessageBytes)
        {
            throw new ClusterException(string.Create(CultureInfo.InvariantCulture, $"A message of {size} bytes is larger than other nodes take (Limits.MaxMessageBytes)."));
        }

        if (Interlocked.Add(ref _queued, size) > options.MaxQueuedBytes)
        {
            Interlocked.Add(ref _queued, -size);
            throw new ClusterException("Too much waits for Redis (MaxQueuedBytes).");
        }

        return size;
    }
}
