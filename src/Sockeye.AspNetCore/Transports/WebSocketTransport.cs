using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// A WebSocket on the connection's own pipes: frames are read where Kestrel received them and written where it sends from, so that a broadcast shares its framed
/// bytes, many frames leave in one write, and an idle connection holds no buffer.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "RunAsync owns the fields and frees them when the connection ends.")]
internal sealed class WebSocketTransport : Transport
{
    // A gathered write takes at most this much before it looks whether the network keeps up (Kestrel pauses its output pipe at 64 KiB, too).
    private const int MaxBytesPerWrite = 64 * 1024;

    // The peer's answer to our close frame. ws waits 30 s; nothing is lost by cutting earlier, and a shutdown is faster.
    private static readonly TimeSpan CloseHandshakeTimeout = TimeSpan.FromSeconds(2);

    private readonly ITransportOwner _owner;
    private readonly HttpContext _context;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly WebSocketFrameReader _reader;
    private readonly WebSocketDeflater? _deflater;
    private readonly int _compressionThreshold;
    private readonly bool _ownsPipes;
    private readonly WireForm _form;
    private readonly SerialFlush _flush;
    private readonly List<OutboundMessage> _batch = [];
    private readonly Lock _lock = new();
    private byte[]? _pong;
    private OutboundMessage? _direct;
    private bool _closeRequested;
    private int? _closeStatus;
    private bool _closeWritten;
    private bool _ended;
    private IDisposable? _closeTimer;

    public WebSocketTransport(ITransportOwner owner, AcceptedWebSocket accepted, WebSocketReaderLimits limits, WireForm form)
    {
        _form = form;
        _owner = owner;
        _context = accepted.Context;
        _input = accepted.Input;
        _output = accepted.Output;
        _compressionThreshold = accepted.CompressionThreshold;
        _ownsPipes = accepted.OwnsPipes;
        WebSocketInflater? inflater = null;
        if (accepted.Deflate is { } deflate)
        {
            inflater = new WebSocketInflater(deflate.ClientNoContextTakeover);
            _deflater = new WebSocketDeflater(deflate.ServerNoContextTakeover, deflate.ServerMaxWindowBits);
        }

        _reader = new WebSocketFrameReader(WebSocketRole.Server, limits, inflater);
        _flush = new SerialFlush(WriteStepAsync, OnWriteFailed);
    }

    public override string Name => "websocket";

    /// <summary>Reads until the connection ends. When it returns, nothing touches the connection any more.</summary>
    public async Task RunAsync()
    {
        var isOrderly = false;
        string? error = null;
        try
        {
            isOrderly = await ReceiveAsync();
        }
        catch (Exception exception) when (IsConnectionLoss(exception))
        {
            isOrderly = false;
        }
        catch (Exception exception)
        {
            error = exception.Message;
            throw;
        }
        finally
        {
            _owner.OnTransportClosed(this, error);
            await StopWritingAsync(isOrderly);
            _reader.Dispose();
            _deflater?.Dispose();
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
        // The official server closes without a status code; browsers report 1005.
        Close(status: null);
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
            Close(status: null);
        }
    }

    private void Close(int? status)
    {
        lock (_lock)
        {
            if (_closeRequested || _ended)
            {
                return;
            }

            _closeRequested = true;
            _closeStatus = status;
            _closeTimer = _owner.Schedule(CloseHandshakeTimeout, Abort);
        }

        _flush.Request();
    }

    private async Task StopWritingAsync(bool isOrderly)
    {
        if (isOrderly)
        {
            // The peer reads until our close frame comes. One that does not is cut by the close timer.
            await _flush.WhenIdleAsync();
        }

        var stopped = _flush.StopAsync();
        if (!stopped.IsCompleted)
        {
            // The peer does not read; it has ended its side, so nobody waits for what is left.
            Abort();
        }

        await stopped;
        lock (_lock)
        {
            _ended = true;
            _closeTimer?.Dispose();
        }

        if (_ownsPipes)
        {
            await _input.CompleteAsync();
            // With an exception it flushes nothing: there is nothing left, or nobody to take it.
            await _output.CompleteAsync(new OperationCanceledException());
        }
    }

    /// <summary>Handles what comes. True: the peer has closed in order, or has been told its error.</summary>
    private async Task<bool> ReceiveAsync()
    {
        while (true)
        {
            var result = await _input.ReadAsync();
            var buffer = result.Buffer;
            var status = WebSocketReadStatus.NeedMoreData;
            var isPaused = false;
            do
            {
                isPaused = !_owner.WhenReadable().IsCompleted;
                status = isPaused ? WebSocketReadStatus.NeedMoreData : _reader.Read(ref buffer);
            }
            while (status is not WebSocketReadStatus.NeedMoreData && Handle(status));

            // What waits while the session does not read must be looked at again without new input.
            _input.AdvanceTo(buffer.Start, isPaused ? buffer.Start : buffer.End);
            if (status is WebSocketReadStatus.Close)
            {
                return true;
            }

            if (status is WebSocketReadStatus.Error)
            {
                await DrainAsync();
                return true;
            }

            if (isPaused)
            {
                await _owner.WhenReadable();
            }
            else if (result.IsCompleted)
            {
                return false;
            }
        }
    }

    /// <summary>Reads the rest away, until the peer ends or the close timer cuts: closing a socket with unread input sends a reset, which would overtake our close frame.</summary>
    private async Task DrainAsync()
    {
        ReadResult result;
        do
        {
            result = await _input.ReadAsync();
            _input.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
    }

    /// <summary>Handles one message or control frame. False: read no further for now.</summary>
    private bool Handle(WebSocketReadStatus status)
    {
        switch (status)
        {
            case WebSocketReadStatus.Text when _form.TryReadText(_reader.Payload, out var packet):
                _owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
                return true;
            case WebSocketReadStatus.Text:
                _owner.OnMalformed(this, "a text message is no Engine.IO packet");
                return true;
            case WebSocketReadStatus.Binary when _form.TryReadBinary(_reader.Payload, out var packet):
                _owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
                return true;
            case WebSocketReadStatus.Binary:
                _owner.OnMalformed(this, "a binary message is no Engine.IO packet");
                return true;
            case WebSocketReadStatus.Ping:
                lock (_lock)
                {
                    // Only the newest ping needs an answer (RFC 6455 section 5.5.3), so a flood of them holds one pong.
                    _pong = _reader.Payload.ToArray();
                }

                _flush.Request();
                return true;
            case WebSocketReadStatus.Pong:
                return true;
            case WebSocketReadStatus.Close:
                Close(_reader.CloseStatus is 1005 ? null : _reader.CloseStatus);
                _owner.OnTransportClosed(this, error: null);
                return false;
            default:
                Close(_reader.ErrorStatus);
                _owner.OnTransportClosed(this, $"WebSocket: {_reader.Error}");
                return false;
        }
    }

    /// <summary>One gathered write: a pong, a packet past the queue, the queue, the close.</summary>
    private async ValueTask<bool> WriteStepAsync()
    {
        if (!TryWrite(out var tookBatch))
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

        return !result.IsCompleted;
    }

    private bool TryWrite(out bool tookBatch)
    {
        tookBatch = false;
        byte[]? pong;
        OutboundMessage? direct;
        bool closes;
        lock (_lock)
        {
            if (_closeWritten)
            {
                return false;
            }

            (pong, _pong) = (_pong, null);
            (direct, _direct) = (_direct, null);
            closes = _closeWritten = _closeRequested;
        }

        if (pong is not null)
        {
            WebSocketFrameWriter.WriteFrame(_output, WebSocketOpcode.Pong, pong);
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

        if (closes)
        {
            WebSocketFrameWriter.WriteClose(_output, _closeStatus);
        }

        return tookBatch || closes || pong is not null || direct is not null;
    }

    private void Write(OutboundMessage message)
    {
        var compress = _deflater is not null && message.Compress && message.Size >= _compressionThreshold;
        if ((!compress && _form.Shares(message)) || message.PacketCount == 0)
        {
            _output.Write(_form.FramesOf(message));
            return;
        }

        using var scratch = new PooledBufferWriter();
        for (var i = 0; i < message.PacketCount; i++)
        {
            var data = _form.Encode(message.GetPart(i, out var isBinary), ref isBinary, scratch);
            WriteFrame(isBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, data, compress);
        }
    }

    private void WriteFrame(WebSocketOpcode opcode, ReadOnlySpan<byte> data, bool compress)
    {
        if (!compress || data.Length < _compressionThreshold)
        {
            WebSocketFrameWriter.WriteFrame(_output, opcode, data);
            return;
        }

        using var compressed = new PooledBufferWriter();
        _deflater!.Deflate(data, compressed);
        WebSocketFrameWriter.WriteFrame(_output, opcode, compressed.WrittenSpan, compressed: true);
    }

    private void OnWriteFailed(Exception exception)
    {
        if (!IsConnectionLoss(exception))
        {
            _owner.OnTransportClosed(this, exception.Message);
        }

        // The read loop ends with the connection, and with it the transport.
        Abort();
    }

    private void Abort()
    {
        lock (_lock)
        {
            // The host may use the context for another request by now.
            if (!_ended)
            {
                _context.Abort();
            }
        }
    }

    // Kestrel reports a lost connection by IOException (reset), OperationCanceledException (aborted) or, on a pipe that is already completed, InvalidOperationException.
    private static bool IsConnectionLoss(Exception exception) => exception is IOException or OperationCanceledException or InvalidOperationException;
}
