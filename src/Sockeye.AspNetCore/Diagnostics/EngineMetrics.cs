using System.Diagnostics.Metrics;

namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>The instruments of the Engine.IO layer, on the meter "Sockeye".</summary>
internal sealed class EngineMetrics
{
    public const string MeterName = "Sockeye";

    public EngineMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        Sessions = meter.CreateUpDownCounter<long>("sockeye.engine.sessions", "{session}", "Live sessions.");
        SessionsOpened = meter.CreateCounter<long>("sockeye.engine.sessions.opened", "{session}", "Sessions opened, by first transport.");
        SessionsEnded = meter.CreateCounter<long>("sockeye.engine.sessions.ended", "{session}", "Sessions ended, by reason.");
        Upgrades = meter.CreateCounter<long>("sockeye.engine.upgrades", "{upgrade}", "Sessions that went from polling to WebSocket or WebTransport.");
        ConnectionErrors = meter.CreateCounter<long>("sockeye.engine.connection_errors", "{request}", "Requests refused, by reason.");
        MessagesReceived = meter.CreateCounter<long>("sockeye.engine.messages.received", "{message}", "Messages received.");
        MessagesDropped = meter.CreateCounter<long>("sockeye.engine.messages.dropped", "{message}", "Messages that were queued when their session ended.");
        VolatileDropped = meter.CreateCounter<long>("sockeye.engine.messages.volatile_dropped", "{message}", "Volatile messages that the transport could not take.");
        SlowConsumers = meter.CreateCounter<long>("sockeye.engine.slow_consumers", "{session}", "Sessions ended because their outbound queue was over its budget.");
        Relayed = meter.CreateCounter<long>("sockeye.engine.relayed", "{request}", "Requests for sessions of other nodes that were relayed there, by transport.");
        RelaysFailed = meter.CreateCounter<long>("sockeye.engine.relays_failed", "{request}", "Requests for sessions of other nodes that could not be served, by reason.");
    }

    public UpDownCounter<long> Sessions { get; }

    public Counter<long> SessionsOpened { get; }

    public Counter<long> SessionsEnded { get; }

    public Counter<long> Upgrades { get; }

    public Counter<long> ConnectionErrors { get; }

    public Counter<long> MessagesReceived { get; }

    public Counter<long> MessagesDropped { get; }

    public Counter<long> VolatileDropped { get; }

    public Counter<long> SlowConsumers { get; }

    public Counter<long> Relayed { get; }

    public Counter<long> RelaysFailed { get; }

    public static KeyValuePair<string, object?> Transport(string name) => new("transport", name);

    public static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);
}
