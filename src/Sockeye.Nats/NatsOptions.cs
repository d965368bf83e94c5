using System.Buffers;
using System.Text.Json;
using NATS.Client.Core;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>The settings of the NATS engine and its emitter. There is no official adapter for NATS: all nodes and emitters are Sockeye's, and need the same prefix.</summary>
public sealed class NatsOptions
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" \t\r\n*>");

    /// <summary>What the subjects begin with: <c>socket.io.Lw</c>. Default "socket.io". At most 128 characters of ASCII, without spaces, "*" and "&gt;".</summary>
    public string SubjectPrefix { get; set; } = "socket.io";

    /// <inheritdoc cref="ClusterSettings.HeartbeatInterval" />
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="ClusterSettings.HeartbeatTimeout" />
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="ClusterSettings.RequestsTimeout" />
    public TimeSpan RequestsTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long connecting, and NATS's word that it has a message, may take. Default 5 s, our choice. Greater than zero.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes may wait for NATS before sending fails, and in one namespace for being read before what comes is dropped, and counted as lost. Default 32 MiB, our choice. Greater than zero.</summary>
    public long MaxQueuedBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>What is taken from other nodes, and so what is sent to them. The NATS server has a limit of its own, <c>max_payload</c>, 1 MiB by default.</summary>
    public ClusterLimits Limits { get; set; } = new();

    /// <inheritdoc cref="ClusterSettings.SharedKey" />
    public ReadOnlyMemory<byte> SharedKey { get; set; }

    /// <summary>How an emitter's arguments become JSON. Default: as on the web. The server has its own.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    /// <summary>Changes how NATS is connected to: TLS, credentials, names. Gets what the engine would take. Default none.</summary>
    public Func<NatsOpts, NatsOpts>? ConfigureConnection { get; set; }

    /// <summary>Called when the link is lost, and when NATS refuses a subject. It is logged, too. Default none.</summary>
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
    internal NatsOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(SubjectPrefix);
        if (SubjectPrefix.Length > 128 || SubjectPrefix.AsSpan().ContainsAny(Forbidden) || !System.Text.Ascii.IsValid(SubjectPrefix) || SubjectPrefix.Split('.').Any(static token => token.Length == 0))
        {
            throw new ArgumentException($"Not the beginning of a subject: \"{SubjectPrefix}\".");
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CommandTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxQueuedBytes, 0);
        ArgumentNullException.ThrowIfNull(Limits);
        ArgumentNullException.ThrowIfNull(JsonSerializerOptions);
        ToSettings();
        return this;
    }
}
