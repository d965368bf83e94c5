using Sockeye.Client.Diagnostics;
using Sockeye.Client.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Engine;

// The end: the handler hears of it at once, as with the official client; saying goodbye to the server and tidying up come after.
public sealed partial class EngineSocket
{
    private readonly TaskCompletionSource<Task> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hurry = new();
    private readonly List<ClientTransport> _transports = [];
    private EngineCloseDetails? _details;
    private bool _isDiscarded;
    private bool _hasServerClosed;

    private void End(TimeSpan now)
    {
        if (!_isOpened)
        {
            _settings.Dispose();
            _closed.TrySetResult(Task.CompletedTask);
            return;
        }

        var reason = _machine.CloseReason!.Value;
        var details = _details ?? (_machine.CloseDetail is { } detail ? new EngineCloseDetails(detail, null, null, null) : null);
        if (_candidate is not null)
        {
            DropCandidate("socket closed");
        }

        _attempt?.Report(_current!.StatusCode, details?.Error?.Message ?? details?.Description ?? reason.ToWireString());
        _attempt = null;
        _queue.Clear();
        _queuedBytes = _isWriting ? _batch.Sum(static packet => (long)packet.Size) : 0;
        var location = _settings.LocationOf(Transport);
        _lane.Post(() => EngineLog.Ended(_settings.Logger, location, reason.ToWireString(), details?.Error?.Message ?? details?.Description));
        _lane.PostLast(() => _handler.OnClose(this, reason, details));

        // Nobody is to wait for the goodbye to a server that is gone already, or after Abort.
        var saysGoodbye = !_isDiscarded && !_hasServerClosed;
        _closed.TrySetResult(Start(() => EndAsync(saysGoodbye)));
    }

    private async Task EndAsync(bool saysGoodbye)
    {
        // A write that still hangs belongs to a connection that is given up; after Drain there is none.
        _wake.End();
        _writeStop.Cancel();
        await _writing.ConfigureAwait(false);
        if (saysGoodbye && _current is { } current)
        {
            await SayGoodbyeAsync(current).ConfigureAwait(false);
        }

        _readStop.Cancel();
        foreach (var transport in _transports)
        {
            transport.Abort();
        }

        await _reading.ConfigureAwait(false);
        await _upgrading.ConfigureAwait(false);
        await _lane.Ended.ConfigureAwait(false);
        _timer?.Dispose();
        foreach (var transport in _transports)
        {
            transport.Dispose();
        }

        _settings.Dispose();
    }

    private async Task SayGoodbyeAsync(ClientTransport transport)
    {
        using var limit = new TimeLimit(_settings.Time, _settings.CloseTimeout, _hurry.Token);
        var passed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = limit.Token.Register(() => passed.TrySetResult(true));
        var read = Task.WhenAll(_reading, _upgrading);
        if (transport is PollingTransport { Sid: null })
        {
            // The handshake is on its way: its session must not be left behind on the server.
            await Task.WhenAny(read, passed.Task).ConfigureAwait(false);
        }

        // By polling the server has the last word with its answer to the POST; a poll that still waits may never be answered (python-engineio does not).
        if (await transport.CloseAsync(limit.Token).ConfigureAwait(false) && transport is not PollingTransport)
        {
            await Task.WhenAny(read, passed.Task).ConfigureAwait(false);
        }
    }

    private void KeepSessionForGoodbye(ClientTransport from, EnginePacketType type, ReadOnlySpan<byte> data)
    {
        if (from == _current && type == EnginePacketType.Open && OpenPayload.TryParse(data, out var handshake))
        {
            from.Sid ??= handshake!.Sid;
        }
    }

    private void OnHandlerFailure(Exception exception)
    {
        lock (_gate)
        {
            var now = Now;
            Apply(_machine.Fail(EngineCloseReason.ParseError, "the handler threw", now), now);
        }

        try
        {
            EngineLog.HandlerFailed(_settings.Logger, _settings.LocationOf(Transport), exception);
        }
        catch (Exception)
        {
            // A logger of the user's that throws: there is nobody left to tell, and the connection has ended in order.
            return;
        }
    }
}
