using System.Text.Json;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Redis.Streams;

/// <summary>The settings of the engine on Redis streams and its emitter. Names and defaults are those of <c>@socket.io/redis-streams-adapter</c>; all nodes and emitters need the same streams, prefixes and form.</summary>
public sealed class RedisStreamsOptions
{
    /// <summary>The stream's key. Default "socket.io". Not empty.</summary>
    public string StreamName { get; set; } = "socket.io";

    /// <summary>How many streams the namespaces are spread over, <c>socket.io-0</c> and so on, each with a connection of its own. Default 1. At least 1.</summary>
    public int StreamCount { get; set; } = 1;

    /// <summary>What the names of the channels begin with, by which questions and answers travel: <c>socket.io#/chat#</c>. Default "socket.io". Not empty.</summary>
    public string ChannelPrefix { get; set; } = "socket.io";

    /// <summary>Whether those are channels of a shard (Redis 7). Default false.</summary>
    public bool UseShardedPubSub { get; set; }

    /// <summary>About how many entries a stream keeps, of all its namespaces: what a client can miss and still get. Default 10,000. Greater than zero.</summary>
    public int MaxLen { get; set; } = 10_000;

    /// <summary>How many entries are read at a time. Default 100. Greater than zero.</summary>
    public int ReadCount { get; set; } = 100;

    /// <summary>How long Redis waits for an entry before it answers that there is none, in milliseconds. Default 5000. Greater than zero.</summary>
    public int BlockTimeInMs { get; set; } = 5000;

    /// <summary>What the keys of lost sessions begin with. Default "sio:session:".</summary>
    public string SessionKeyPrefix { get; set; } = "sio:session:";

    /// <summary>Says that nothing binary is sent: then sending it is an error. Default false.</summary>
    public bool OnlyPlaintext { get; set; }

    /// <inheritdoc cref="ClusterSettings.HeartbeatInterval" />
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="ClusterSettings.HeartbeatTimeout" />
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="ClusterSettings.RequestsTimeout" />
    public TimeSpan RequestsTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a command may take before it counts as failed. Default 5 s, our choice. At least 1 s. A connection of the application's keeps its own.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes may wait for Redis before publishing fails. Default 32 MiB, our choice. Greater than zero.</summary>
    public long MaxQueuedBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>What is taken from other nodes, and so what is sent to them.</summary>
    public ClusterLimits Limits { get; set; } = new();

    /// <inheritdoc cref="ClusterSettings.SharedKey" />
    public ReadOnlyMemory<byte> SharedKey { get; set; }

    /// <summary>How an emitter's arguments become JSON. Default: as on the web. The server has its own.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    /// <summary>Called when something fails that no caller waits for: the link is lost. It is logged, too. Default none.</summary>
    public Action<Exception>? ErrorHandler { get; set; }

    internal ClusterSettings ToSettings() => new ClusterSettings
    {
        HeartbeatInterval = HeartbeatInterval,
        HeartbeatTimeout = HeartbeatTimeout,
        RequestsTimeout = RequestsTimeout,
        Limits = Limits,
        SharedKey = SharedKey,
    }.Check();

    /// <summary>Throws where these cannot be kept to.</summary>
    internal RedisStreamsOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(StreamName);
        ArgumentException.ThrowIfNullOrEmpty(ChannelPrefix);
        ArgumentNullException.ThrowIfNull(SessionKeyPrefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(StreamCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLen, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockTimeInMs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CommandTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxQueuedBytes, 0);
        ArgumentNullException.ThrowIfNull(Limits);
        ArgumentNullException.ThrowIfNull(JsonSerializerOptions);
        ToSettings();
        return this;
    }
}
