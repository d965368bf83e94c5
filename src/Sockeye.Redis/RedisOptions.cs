using System.Text.Json;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Redis;

/// <summary>The settings of the Redis engine and its emitter. Names and defaults are those of <c>@socket.io/redis-adapter</c>; all nodes and emitters need the same key, form and mode.</summary>
public sealed class RedisOptions
{
    /// <summary>How messages travel. Default <see cref="RedisForm.Classic"/>.</summary>
    public RedisForm Form { get; set; }

    /// <summary>What the names of the channels begin with: <c>socket.io#/chat#</c>. Default "socket.io". Not empty.</summary>
    public string Key { get; set; } = "socket.io";

    /// <summary>The same as <see cref="Key"/>, by the name that it has in the sharded adapter.</summary>
    public string ChannelPrefix
    {
        get => Key;
        set => Key = value;
    }

    /// <summary>Of the classic form: answers go to the node that asked, and not to all. Default false, as officially. All nodes understand both.</summary>
    public bool PublishOnSpecificResponseChannel { get; set; }

    /// <summary>Of the classic form: how broadcasts are written. Default <see cref="RedisParser.MessagePack"/>.</summary>
    public RedisParser Parser { get; set; }

    /// <summary>Of the sharded form: which rooms have channels of their own. Default <see cref="RedisSubscriptionMode.Dynamic"/>.</summary>
    public RedisSubscriptionMode SubscriptionMode { get; set; } = RedisSubscriptionMode.Dynamic;

    /// <inheritdoc cref="ClusterSettings.HeartbeatInterval" />
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="ClusterSettings.HeartbeatTimeout" />
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="ClusterSettings.RequestsTimeout" />
    public TimeSpan RequestsTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a command may take before it counts as failed; a link that is silent for four times as long is replaced. Default 5 s, our choice. At least 1 s. A connection of the application's keeps its own.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes may wait for Redis before publishing fails, and for a namespace of this node before messages are lost. Default 32 MiB, our choice. Greater than zero.</summary>
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
    internal RedisOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(Key);
        ArgumentOutOfRangeException.ThrowIfLessThan(CommandTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxQueuedBytes, 0);
        ArgumentNullException.ThrowIfNull(Limits);
        ArgumentNullException.ThrowIfNull(JsonSerializerOptions);
        if (!Enum.IsDefined(Form) || !Enum.IsDefined(Parser) || !Enum.IsDefined(SubscriptionMode))
        {
            throw new ArgumentException($"No such form, parser or mode: {Form}, {Parser}, {SubscriptionMode}.");
        }

        ToSettings();
        return this;
    }
}
