namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Connection state recovery: a client that comes back in time gets its socket back, with id, rooms and data, and the events that it has missed. The names and the first
/// two defaults are the official server's.
/// </summary>
public sealed class ConnectionStateRecoveryOptions
{
    /// <summary>How long after the loss of its connection a client may come back. Default 2 min. Greater than zero, at most 20 days.</summary>
    public TimeSpan MaxDisconnectionDuration { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether a recovered socket skips the connect middlewares. Default true. Set false when they check what may have changed meanwhile, such as a token in <c>auth</c>.</summary>
    public bool SkipMiddlewares { get; set; } = true;

    /// <summary>
    /// How many bytes of sent events are kept to be sent again, all namespaces together. Default 32 MiB: our choice, the official server has no limit. Beyond it the oldest are
    /// forgotten; a client that still needs one of those is not recovered ("log trimmed"). An event is forgotten in any case when nobody can need it any more.
    /// </summary>
    public long MaxLogBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// How many lost sockets are kept for their clients, all namespaces together; each costs about 1 KB besides its <see cref="ServerSocket.Data"/>. Default 50,000: our choice, the
    /// official server has no limit. Beyond it the oldest are forgotten ("unknown session").
    /// </summary>
    public int MaxSessions { get; set; } = 50_000;

    internal void Validate()
    {
        Require(
            MaxDisconnectionDuration > TimeSpan.Zero && MaxDisconnectionDuration <= TimeSpan.FromDays(20),
            nameof(MaxDisconnectionDuration),
            MaxDisconnectionDuration,
            "is greater than zero and at most 20 days");
        Require(MaxLogBytes > 0, nameof(MaxLogBytes), MaxLogBytes, "is greater than zero");
        Require(MaxSessions > 0, nameof(MaxSessions), MaxSessions, "is greater than zero");
    }

    private static void Require(bool isMet, string name, object value, string rule)
    {
        if (!isMet)
        {
            throw new InvalidOperationException($"{nameof(ConnectionStateRecoveryOptions)}.{name} is {value}; a valid value {rule}.");
        }
    }
}
