using System.Diagnostics.Metrics;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Diagnostics;

/// <summary>The instruments of the client, on the meter "Sockeye.Client", one for the process. Labels have few values: none is chosen by servers.</summary>
internal sealed class ClientMetrics
{
    public const string MeterName = "Sockeye.Client";

    private readonly UpDownCounter<long> _sockets;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _openFailed;
    private readonly Counter<long> _reconnectAttempts;
    private readonly Counter<long> _recovered;
    private readonly Counter<long> _disconnects;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _handlerErrors;

    private ClientMetrics()
    {
        var meter = new Meter(MeterName);
        _sockets = meter.CreateUpDownCounter<long>("sockeye.client.sockets", "{socket}", "Connected sockets.");
        _opened = meter.CreateCounter<long>("sockeye.client.connections.opened", "{connection}", "Connections that were opened.");
        _openFailed = meter.CreateCounter<long>("sockeye.client.connections.failed", "{connection}", "Connections that could not be opened.");
        _reconnectAttempts = meter.CreateCounter<long>("sockeye.client.reconnect_attempts", "{attempt}", "Attempts to reconnect.");
        _recovered = meter.CreateCounter<long>("sockeye.client.sockets.recovered", "{socket}", "Connects that got the session of the connection before back.");
        _disconnects = meter.CreateCounter<long>("sockeye.client.sockets.disconnected", "{socket}", "Sockets that were disconnected, by reason.");
        _sent = meter.CreateCounter<long>("sockeye.client.packets.sent", "{packet}", "Packets queued for the network.");
        _received = meter.CreateCounter<long>("sockeye.client.events.received", "{event}", "Events given to handlers.");
        _dropped = meter.CreateCounter<long>("sockeye.client.events.dropped", "{event}", "Events dropped: volatile ones, by OfflineMode.Drop, by a full stream, or after their retries.");
        _handlerErrors = meter.CreateCounter<long>("sockeye.client.handler_errors", "{error}", "Handlers that threw, or got data that did not fit them.");
    }

    public static ClientMetrics Shared { get; } = new();

    public void Connected(bool recovered)
    {
        _sockets.Add(1);
        if (recovered)
        {
            _recovered.Add(1);
        }
    }

    public void Disconnected(DisconnectReason reason)
    {
        _sockets.Add(-1);
        _disconnects.Add(1, new KeyValuePair<string, object?>("reason", reason.ToWireString()));
    }

    public void Opened() => _opened.Add(1);

    public void OpenFailed() => _openFailed.Add(1);

    public void ReconnectAttempted() => _reconnectAttempts.Add(1);

    public void Sent() => _sent.Add(1);

    public void Received() => _received.Add(1);

    public void Dropped() => _dropped.Add(1);

    public void HandlerFailed() => _handlerErrors.Add(1);
}
