using System.Diagnostics.Metrics;

namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>The instruments of connection state recovery, on the meter "Sockeye".</summary>
internal sealed class RecoveryMetrics
{
    public RecoveryMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        Recoveries = meter.CreateCounter<long>("sockeye.sockets.recoveries", "{socket}", "Clients that asked for their former socket, by outcome: recovered, or why not.");
        Replayed = meter.CreateCounter<long>("sockeye.sockets.recovery.events_replayed", "{event}", "Missed events that were sent again.");
        Sessions = meter.CreateUpDownCounter<long>("sockeye.sockets.recovery.sessions", "{session}", "Lost sockets that are kept for their clients.");
        SessionsDropped = meter.CreateCounter<long>("sockeye.sockets.recovery.sessions_dropped", "{session}", "Lost sockets that were forgotten, by reason: age or count.");
        LogBytes = meter.CreateUpDownCounter<long>("sockeye.sockets.recovery.log_size", "By", "What the kept events take.");
        Trimmed = meter.CreateCounter<long>("sockeye.sockets.recovery.log_trimmed", "{event}", "Kept events that were forgotten, by reason: age or bytes.");
    }

    public Counter<long> Recoveries { get; }

    public Counter<long> Replayed { get; }

    public UpDownCounter<long> Sessions { get; }

    public Counter<long> SessionsDropped { get; }

    public UpDownCounter<long> LogBytes { get; }

    public Counter<long> Trimmed { get; }

    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}
