using System.IO.Pipelines;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>One two-way stream of a WebTransport session, on the host's own pipes. Unlike a WebSocket it has no closing handshake: the session ends with the request, after what was written.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "RunAsync owns the fields and frees them when the connection ends.")]
internal sealed class WebTransportTransport : Transport
{
    // A gathered write takes at most this much before it looks whether the network keeps up, as on a WebSocket.
    private const int MaxBytesPerWrite = 64 * 1024;

    private static readonly WireForm Form = new(Protocol: 4, Base64: false);

    // How long a peer that does not read may hold up the close.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly ITransportOwner _owner;
    private readonly WebTransportConnection _connection;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly WebTransportFrameReader _reader;
    private readonly SerialFlush _flush;
    private readonly List<OutboundMessage> _batch = [];
    private readonly Lock _lock = new();
    private OutboundMessage? _direct;
    private bool _closeRequested;
    private bool _closeWritten;
    private bool _ended;
    private IDisposable? _closeTimer;

    public WebTransportTransport(ITransportOwner owner, WebTransportConnection connection, long maxPayload)
    {
        _owner = owner;
        _connection = connection;
        _input = connection.Stream.Transport.Input;
        _output = connection.Stream.Transport.Output;
        _reader = new WebTransportFrameReader(maxPayload);
        _flush = new SerialFlush(WriteStepAsync, OnWriteFailed);
    }

    public override string Name => "webtransport";

    /// <summary>Reads until the session ends. When it returns, nothing touches the connection any more, and the request may end: that closes the session.</summary>
    public async Task RunAsync()
    {
        string? error = null;
        // The host completes the pipes of a session that has ended, under a read that is waiting.
        var ended = _connection.Ended.Register(_input.CancelPendingRead);
        try
        {
            await ReceiveAsync();
        }
        catch (Exception exception) when (IsConnectionLoss(exception))
        {
            error = null;
        }
        catch (Exception exception)
        {
            error = exception.Message;
            throw;
        }
        finally
        {
            _owner.OnTransportClosed(this, error);
            await StopWritingAsync();
            await ended.DisposeAsync();
            _reader.Dispose();
        }
    }

    public override void Attach() => _owner.Queue.TryLease(this);

    public override void Flush() => _flush.Request();

    public override void WriteDirect(OutboundMessage message)
    {
        lock (_lock)
        {
            _direct = message;
        }

        _flush.Request();
    }

    public override bool TryClose()
    {
        Close();
        return true;
    }

    public override void Discard(TransportEnd end)
    {
        _owner.Queue.EndLease(this);
        if (end is TransportEnd.Aborted)
        {
            Abort();
        }
        else
        {
            Close();
        }
    }

    private void Close()
    {
        lock (_lock)
        {
            if (_closeRequested || _ended)
            {
                return;
            }

            _closeRequested = true;
            _closeTimer = _owner.Schedule(CloseTimeout, Abort);
        }

        _flush.Request();
    }

    private async Task StopWritingAsync()
    {
        var stopped = _flush.StopAsync();
        if (!stopped.IsCompleted)
        {
            // The peer has ended its side and does not read, so nobody waits for what is left.
            Abort();
        }

        await stopped;
        lock (_lock)
        {
            _ended = true;
            _closeTimer?.Dispose();
        }
    }

    /// <summary>Handles what comes, until the peer has ended its side or our close is written.</summary>
    private async Task ReceiveAsync()
    {
        var isBroken = false;
        while (true)
        {
            var result = await _input.ReadAsync();
            var buffer = result.Buffer;
            var isPaused = false;
            while (!isBroken)
            {
                isPaused = !_owner.WhenReadable().IsCompleted;
                var status = isPaused ? WebTransportReadStatus.NeedMoreData : _reader.Read(ref buffer);
                if (status is WebTransportReadStatus.NeedMoreData)
                {
                    break;
                }

                Handle(status);
                isBroken = status is WebTransportReadStatus.Error;
            }

            // What waits while the session does not read must be looked at again without new input.
            _input.AdvanceTo(isBroken ? buffer.End : buffer.Start, isPaused ? buffer.Start : buffer.End);
            if (result.IsCanceled && (_connection.Ended.IsCancellationRequested || IsCloseWritten()))
            {
                return;
            }

            if (isPaused)
            {
                await _owner.WhenReadable();
            }
            else if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private void Handle(WebTransportReadStatus status)
    {
        switch (status)
        {
            case WebTransportReadStatus.Binary:
                _owner.OnPacket(this, EnginePacketType.Message, isBinary: true, _reader.Payload);
                break;
            case WebTransportReadStatus.Text when Form.TryReadText(_reader.Payload, out var packet):
                _owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
                break;
            case WebTransportReadStatus.Text:
                _owner.OnMalformed(this, "a text frame is no Engine.IO packet");
                break;
            default:
                _owner.OnMalformed(this, $"WebTransport: {_reader.Error}");
                break;
        }
    }

    /// <summary>One gathered write: a packet past the queue, the queue, the end of the stream.</summary>
    private async ValueTask<bool> WriteStepAsync()
    {
        if (!TryWrite(out var tookBatch, out var closes))
        {
            return false;
        }

        _batch.Clear();
        var result = await _output.FlushAsync();
        if (tookBatch)
        {
            _owner.Queue.Written(this);
            _owner.OnWritten(this);
        }

        if (closes)
        {
            await _output.CompleteAsync();
            lock (_lock)
            {
                _closeWritten = true;
            }

            _input.CancelPendingRead();
            return false;
        }

        return !result.IsCompleted;
    }

    private bool TryWrite(out bool tookBatch, out bool closes)
    {
        OutboundMessage? direct;
        lock (_lock)
        {
            (direct, _direct) = (_direct, null);
            closes = _closeRequested && !_closeWritten;
            if (_closeWritten)
            {
                tookBatch = false;
                return false;
            }
        }

        if (direct is not null)
        {
            Write(direct);
        }

        tookBatch = _owner.Queue.TryTake(this, _batch, int.MaxValue, MaxBytesPerWrite);
        foreach (var message in _batch)
        {
            Write(message);
        }

        return tookBatch || closes || direct is not null;
    }

    private void Write(OutboundMessage message)
    {
        for (var i = 0; i < message.PacketCount; i++)
        {
            var data = message.GetPart(i, out var isBinary);
            if (isBinary)
            {
                WebTransportFrameWriter.WriteBinary(_output, data);
            }
            else
            {
                WebTransportFrameWriter.WriteText(_output, data);
            }
        }
    }

    private bool IsCloseWritten()
    {
        lock (_lock)
        {
            return _closeWritten;
        }
    }

    private void OnWriteFailed(Exception exception)
    {
        if (!IsConnectionLoss(exception))
        {
            _owner.OnTransportClosed(this, exception.Message);
        }

        // The read loop ends with the session, and with it the transport.
        Abort();
    }

    private void Abort()
    {
        _connection.Abort();
        _output.CancelPendingFlush();
    }

    // Kestrel reports a lost session by IOException (reset), OperationCanceledException (aborted) or, on a pipe that is already completed, InvalidOperationException.
    private static bool IsConnectionLoss(Exception exception) => exception is IOException or OperationCanceledException or InvalidOperationException;
}
