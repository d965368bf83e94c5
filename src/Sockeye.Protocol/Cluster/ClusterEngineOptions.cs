using System.Text.Json;

namespace Sockeye.Protocol.Cluster;

/// <summary>The settings that every engine has, and its emitter. All nodes and emitters need the same key.</summary>
public abstract class ClusterEngineOptions
{
    /// <inheritdoc cref="ClusterSettings.HeartbeatInterval" />
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="ClusterSettings.HeartbeatTimeout" />
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="ClusterSettings.RequestsTimeout" />
    public TimeSpan RequestsTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the engine's server may take for a command before it counts as failed. Default 5 s, with PostgreSQL 10 s, our choice. At least 1 s. A connection of the application's keeps its own. A link that is silent for longer
    /// is replaced: each engine's page says when.
    /// </summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes may wait for the engine's server before publishing fails, and where it delivers faster than a node reads, for a namespace of this node before messages are lost. Default 32 MiB, our choice. Greater than zero.</summary>
    public long MaxQueuedBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>What is taken from other nodes, and so what is sent to them.</summary>
    public ClusterLimits Limits { get; set; } = new();

    /// <inheritdoc cref="ClusterSettings.SharedKey" />
    public ReadOnlyMemory<byte> SharedKey { get; set; }

    /// <summary>How an emitter's arguments become JSON. Default: as on the web. The server has its own.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    /// <summary>Called when something fails that no caller waits for: the link is lost, something cannot be cleaned up. It is logged, too. Default none.</summary>
    public Action<Exception>? ErrorHandler { get; set; }

    /// <summary>Those of them that the server needs. Throws where they cannot be kept to.</summary>
    public ClusterSettings ToSettings()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CommandTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxQueuedBytes, 0);
        ArgumentNullException.ThrowIfNull(Limits);
        ArgumentNullException.ThrowIfNull(JsonSerializerOptions);
        return new ClusterSettings
        {
            HeartbeatInterval = HeartbeatInterval,
            HeartbeatTimeout = HeartbeatTimeout,
            RequestsTimeout = RequestsTimeout,
            Limits = Limits,
            SharedKey = SharedKey,
        }.Check();
    }
}
