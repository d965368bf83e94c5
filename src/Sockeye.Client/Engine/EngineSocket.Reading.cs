using Sockeye.Client.Diagnostics;
using Sockeye.Client.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Engine;

// The transport that carries the connection: connecting, reading, delivering.
public sealed partial class EngineSocket : IPacketSink
{
    // The code that says that there was no close frame (RFC 6455, section 7.1.5).
    private const int AbnormalClosure = 1006;

    private readonly CancellationTokenSource _readStop = new();
    private Task _reading = Task.CompletedTask;
    private ClientTransport? _current;
    private Attempt? _attempt;
    private bool _isReadingPaused;

    // Then it is not tried again as an upgrade: the official client takes what has failed from its list.
    private bool _hasWebSocketFailed;

    ValueTask<bool> IPacketSink.ReceiveAsync(ClientTransport from, EnginePacketType type, bool isBinary, ReadOnlyMemory<byte> data)
    {
        lock (_gate)
        {
            if (_machine.State == EngineState.Closed)
            {
                KeepSessionForGoodbye(from, type, data.Span);
                return new(false);
            }

            if (from != _current && from != _candidate)
            {
                return new(false);
            }

            var now = Now;
            var channel = from == _current ? EngineChannel.Current : EngineChannel.Candidate;
            var actions = _machine.Receive(channel, type, data.Span, now);
            if (SendsPings && channel == EngineChannel.Current)
            {
                NoteSign(type);
            }

            if ((actions & EngineActions.Deliver) == 0)
            {
                if (type == EnginePacketType.Close && channel == EngineChannel.Current)
                {
                    _hasServerClosed = true;
                    _details = new EngineCloseDetails("transport closed by the server", null, null, null);
                }

                Apply(actions, now);
                return new(_machine.State != EngineState.Closed);
            }

            _machine.PauseReading(now);
            (_isReadingPaused, _pausedSince) = (true, now);
        }

        return DeliverAsync(data, isBinary);
    }

    // In revision 3 each packet is a sign of life, and the heartbeat that the handler hears of is the answer to our ping.
    private void NoteSign(EnginePacketType type)
    {
        _lastSign = _settings.Time.GetUtcNow();
        if (type == EnginePacketType.Pong && _machine.State == EngineState.Open)
        {
            PostPing();
        }
    }

    private async ValueTask<bool> DeliverAsync(ReadOnlyMemory<byte> data, bool isBinary)
    {
        if (!await _lane.EnterAsync().ConfigureAwait(false))
        {
            return false;
        }

        var handling = Handle(data, isBinary);

        // The turn goes back before the wait: what the handler waits for may be news of this connection, that it has drained or ended.
        _lane.Leave();
        try
        {
            await handling.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            OnHandlerFailure(exception);
        }

        lock (_gate)
        {
            var now = Now;
            _machine.ResumeReading(now);
            _isReadingPaused = false;
            _lastSign += now - _pausedSince;
            SetTimer(now);
            return _machine.State != EngineState.Closed;
        }
    }

    private ValueTask Handle(ReadOnlyMemory<byte> data, bool isBinary)
    {
        try
        {
            return _handler.OnMessageAsync(this, data, isBinary);
        }
        catch (Exception exception)
        {
            OnHandlerFailure(exception);
            return default;
        }
    }

    private async Task RunAsync()
    {
        for (var i = 0; i < _settings.Transports.Length; i++)
        {
            if (!TryBegin(_settings.Transports[i], out var transport))
            {
                return;
            }

            var end = await ConnectAndReadAsync(transport!).ConfigureAwait(false);
            var isLast = !_settings.TryAllTransports || i == _settings.Transports.Length - 1;
            if (!TryGoOn(transport!, end, isLast))
            {
                return;
            }
        }

        // Only an empty list leads here.
        lock (_gate)
        {
            const string Problem = "No transports available";
            Fail(new TransportFailure(Problem, $"{Problem}: {nameof(EngineSocketOptions)}.{nameof(EngineSocketOptions.Transports)} is empty. Put in TransportType.Polling, TransportType.WebSocket or both."));
        }
    }

    private bool TryBegin(TransportType type, out ClientTransport? transport)
    {
        lock (_gate)
        {
            transport = null;
            if (_machine.State != EngineState.Opening)
            {
                return false;
            }

            _current = transport = _settings.CreateTransport(type, sid: null);
            _transports.Add(transport);
            Transport = type;
            _attempt = new Attempt(_settings, type, isUpgrade: false, ReportAttempt);
            return true;
        }
    }

    private async Task<TransportEnd> ConnectAndReadAsync(ClientTransport transport)
    {
        if (await transport.ConnectAsync(_readStop.Token).ConfigureAwait(false) is { } failure)
        {
            return TransportEnd.Failed(failure);
        }

        while (true)
        {
            var end = await transport.ReadAsync(this, _readStop.Token).ConfigureAwait(false);
            if (end.Kind != TransportEndKind.Paused)
            {
                return end;
            }

            // The next transport must not overtake the POST that is under way.
            await WriterIdleAsync().ConfigureAwait(false);
            lock (_gate)
            {
                var now = Now;
                Apply(_machine.PollingPaused(now), now);
                if (_current != transport || _machine.State == EngineState.Closed)
                {
                    return TransportEnd.Stopped;
                }
            }
        }
    }

    // False: there is no next transport to try.
    private bool TryGoOn(ClientTransport transport, TransportEnd end, bool isLast)
    {
        lock (_gate)
        {
            if (!isLast && _machine.State == EngineState.Opening && end is { Kind: TransportEndKind.Failed, Failure: { } failure })
            {
                var type = Transport;
                _settings.Memory.WebSocketWorked = false;
                _hasWebSocketFailed |= type == TransportType.WebSocket;
                _lane.Post(() => EngineLog.AttemptFailed(_settings.Logger, _settings.LocationOf(type), type.ToWireString(), failure.Message));
                _attempt!.Report(transport.StatusCode, failure.Message);
                _attempt = null;
                ThreadPool.UnsafeQueueUserWorkItem(static transport => ((ClientTransport)transport!).Abort(), transport);
                return true;
            }

            OnTransportEnd(transport, end);
            return false;
        }
    }

    private void OnTransportEnd(ClientTransport transport, TransportEnd end)
    {
        if (transport != _current || _machine.State == EngineState.Closed)
        {
            return;
        }

        switch (end.Kind)
        {
            case TransportEndKind.Failed:
                Fail(end.Failure!);
                break;
            case TransportEndKind.Closed:
                // A close frame is answered by the goodbye; where none came, nobody is there any more.
                _hasServerClosed = end.CloseCode == AbnormalClosure;
                _details = new EngineCloseDetails("websocket connection closed", end.CloseCode, end.CloseReason, null);
                var now = Now;
                Apply(_machine.TransportClosed(EngineChannel.Current, null, now), now);
                break;
            default:
                break;
        }
    }

    private void Fail(TransportFailure failure)
    {
        if (_machine.State == EngineState.Closed)
        {
            return;
        }

        _hasServerClosed = true;
        _settings.Memory.WebSocketWorked = false;
        _details = new EngineCloseDetails(failure.Error, null, null, new TransportException(Transport, failure.Error, failure.Message, failure.StatusCode, failure.ResponseText, failure.Cause));
        var now = Now;
        Apply(_machine.TransportClosed(EngineChannel.Current, failure.Error, now), now);
    }

    private void ReportAttempt(ConnectionAttempt attempt) => _lane.Post(() => _handler.OnAttempt(this, attempt));
}
