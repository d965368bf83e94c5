using System.Diagnostics.Metrics;

namespace Sockeye.AspNetCore.Diagnostics;

/// <summary>What became of an event that came in.</summary>
internal enum EventOutcome
{
    Handled,
    Unhandled,
    BindingError,
    HandlerError,
}

/// <summary>The instruments of the Socket.IO layer, on the meter "Sockeye". Labels have few values: none is chosen by clients.</summary>
internal sealed class SocketMetrics
{
    private readonly UpDownCounter<long> _sockets;
    private readonly Counter<long> _connected;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _connectsRefused;
    private readonly Counter<long> _packetsRefused;
    private readonly Counter<long> _eventsReceived;
    private readonly Counter<long> _eventsSent;
    private readonly Counter<long> _handlerErrors;
    private readonly Counter<long> _clusterRefused;
    private readonly Counter<long> _clusterFailed;

    public SocketMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        _sockets = meter.CreateUpDownCounter<long>("sockeye.sockets", "{socket}", "Connected sockets.");
        _connected = meter.CreateCounter<long>("sockeye.sockets.connected", "{socket}", "Sockets that connected.");
        _ended = meter.CreateCounter<long>("sockeye.sockets.ended", "{socket}", "Sockets that ended, by reason.");
        _connectsRefused = meter.CreateCounter<long>("sockeye.sockets.connects_refused", "{connect}", "Clients that did not get into a namespace, by reason.");
        _packetsRefused = meter.CreateCounter<long>("sockeye.sockets.packets_refused", "{packet}", "Packets that cost their connection, by reason.");
        _eventsReceived = meter.CreateCounter<long>("sockeye.sockets.events.received", "{event}", "Events received, by outcome.");
        _eventsSent = meter.CreateCounter<long>("sockeye.sockets.events.sent", "{event}", "Events queued for a receiver.");
        _handlerErrors = meter.CreateCounter<long>("sockeye.sockets.handler_errors", "{error}", "Handlers, middlewares and hooks that threw.");
        _clusterRefused = meter.CreateCounter<long>("sockeye.cluster.messages_refused", "{message}", "Messages of other servers that were refused, by reason.");
        _clusterFailed = meter.CreateCounter<long>("sockeye.cluster.publish_failed", "{message}", "Messages that the other servers did not get.");
    }

    public void SocketConnected()
    {
        _sockets.Add(1);
        _connected.Add(1);
    }

    public void SocketEnded(string reason)
    {
        _sockets.Add(-1);
        _ended.Add(1, EngineMetrics.Reason(reason));
    }

    public void ConnectRefused(string reason) => _connectsRefused.Add(1, EngineMetrics.Reason(reason));

    public void PacketRefused(string reason) => _packetsRefused.Add(1, EngineMetrics.Reason(reason));

    public void EventReceived(EventOutcome outcome) => _eventsReceived.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        EventOutcome.Handled => "handled",
        EventOutcome.Unhandled => "unhandled",
        EventOutcome.BindingError => "binding_error",
        _ => "handler_error",
    }));

    public void EventsSent(int count) => _eventsSent.Add(count);

    public void ClusterMessageRefused(string reason) => _clusterRefused.Add(1, EngineMetrics.Reason(reason));

    public void ClusterPublishFailed() => _clusterFailed.Add(1);

    public void HandlerFailed() => _handlerErrors.Add(1);
}
