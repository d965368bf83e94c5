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
internal sealed class WebSocketTransport : StreamTransport
{
    // A gathered write takes at most this much before it looks whether the network keeps up (Kestrel pauses its output pipe at 64 KiB, too).
    private const int MaxBytesPerWrite = 64 * 1024;

    // Filled and written without a wait between, so the connections of a thread share it.
    [ThreadStatic]
    private static List<OutboundMessage>? _batch;

    [ThreadStatic]
    private static PooledBufferWriter? _buffer;

    private readonly HttpContext _context;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly KestrelOutput _socket;
    private readonly WebSocketFrameReader _reader;
    private readonly WebSocketMessages _messages;
    private readonly bool _ownsPipes;
    private byte[]? _pong;
    private int? _closeStatus;
    private bool _closeWritten;

    public WebSocketTransport(ITransportOwner owner, AcceptedWebSocket accepted, WebSocketReaderLimits limits, WireForm form)
        : base(owner)
    {
        _context = accepted.Context;
        _input = accepted.Input;
        _output = accepted.Output;
        _ownsPipes = accepted.OwnsPipes;
        _socket = accepted.OwnsPipes ? default : KestrelOutput.Find(_context);
        _messages = WebSocketMessages.Create(accepted, limits, form, out _reader);
    }

    public override string Name => "websocket";

    protected override async Task<bool> ReceiveAsync()
    {
        var result = await _input.ReadAsync();
        while (true)
        {
            var turn = Turn.Begin();
            WebSocketReadStatus status;
            ValueTask<ReadResult> next = default;
            bool isOver;
            try
            {
                var buffer = result.Buffer;
                status = Parse(ref buffer, out var isPaused);

                // What waits while the session does not read must be looked at again without new input.
                _input.AdvanceTo(buffer.Start, isPaused ? buffer.Start : buffer.End);
                isOver = status is WebSocketReadStatus.Close or WebSocketReadStatus.Error || (result.IsCompleted && !isPaused);
                if (!isOver)
                {
                    next = isPaused ? ReadWhenReadableAsync() : _input.ReadAsync();
                }
            }
            catch
            {
                // The thread goes on with others, and what they queue must not wait for a turn that nobody ends.
                turn.End(Owner);
                throw;
            }

            if (isOver)
            {
                turn.End(Owner);
                if (status is WebSocketReadStatus.Error)
                {
                    await DrainAsync();
                }

                return status is not WebSocketReadStatus.NeedMoreData;
            }

            result = await turn.Until(next, Owner);
        }
    }

    private WebSocketReadStatus Parse(ref ReadOnlySequence<byte> buffer, out bool isPaused)
    {
        while (true)
        {
            isPaused = !Owner.WhenReadable().IsCompleted;
            var status = isPaused ? WebSocketReadStatus.NeedMoreData : _reader.Read(ref buffer);
            if (status is WebSocketReadStatus.NeedMoreData || !Handle(status))
            {
                return status;
            }
        }
    }

    private async ValueTask<ReadResult> ReadWhenReadableAsync()
    {
        await Owner.WhenReadable();
        return await _input.ReadAsync();
    }

    /// <summary>One gathered write: a pong, a packet past the queue, the queue, the close.</summary>
    protected override ValueTask<bool> WriteStepAsync()
    {
        if (!_socket.IsOpen)
        {
            return TryWrite(_output, out var isBatch) ? FlushAsync(isBatch) : new(false);
        }

        var buffer = _buffer ??= new PooledBufferWriter();
        // What the session is told at the end may write another connection on this thread, and what an exception leaves behind is not the next one's.
        _buffer = null;
        if (!TryWrite(buffer, out var tookBatch))
        {
            _buffer = buffer;
            return new(false);
        }

        var bytes = buffer.WrittenSpan;
        var sent = _socket.Send(bytes);
        var isSent = sent == bytes.Length;
        if (!isSent)
        {
            _output.Write(bytes[sent..]);
        }

        buffer.Clear();
        _buffer = buffer;
        if (!isSent)
        {
            return FlushAsync(tookBatch);
        }

        if (tookBatch)
        {
            Written();
        }

        return new(Owner.Queue.Bytes > 0);
    }

    protected override void Abort()
    {
        lock (Gate)
        {
            // The host may use the context for another request by now.
            if (!Ended)
            {
                _context.Abort();
            }
        }
    }

    protected override async ValueTask ReleaseAsync()
    {
        if (_ownsPipes)
        {
            await _input.CompleteAsync();
            // With an exception it flushes nothing: there is nothing left, or nobody to take it.
            await _output.CompleteAsync(new OperationCanceledException());
        }

        _reader.Dispose();
        _messages.Deflater?.Dispose();
    }

    // No status: the official server closes without one, and browsers report 1005.
    private void Close(int? status)
    {
        lock (Gate)
        {
            if (!TryBeginClose())
            {
                return;
            }

            _closeStatus = status;
        }

        Writes.Request();
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
            case WebSocketReadStatus.Text or WebSocketReadStatus.Binary:
                _messages.Deliver(Owner, this, status is WebSocketReadStatus.Text, _reader.Payload);
                return true;
            case WebSocketReadStatus.Ping:
                lock (Gate)
                {
                    // Only the newest ping needs an answer (RFC 6455 section 5.5.3), so a flood of them holds one pong.
                    _pong = _reader.Payload.ToArray();
                }

                Writes.Request();
                return true;
            case WebSocketReadStatus.Pong:
                return true;
            case WebSocketReadStatus.Close:
                Close(_reader.CloseStatus is 1005 ? null : _reader.CloseStatus);
                Owner.OnTransportClosed(this, error: null);
                return false;
            default:
                Close(_reader.ErrorStatus);
                Owner.OnTransportClosed(this, $"WebSocket: {_reader.Error}");
                return false;
        }
    }

    private async ValueTask<bool> FlushAsync(bool tookBatch)
    {
        var result = await _output.FlushAsync();
        if (tookBatch)
        {
            Written();
        }

        return !result.IsCompleted && Owner.Queue.Bytes > 0;
    }

    private bool TryWrite(IBufferWriter<byte> output, out bool tookBatch)
    {
        tookBatch = false;
        byte[]? pong;
        OutboundMessage? direct;
        bool closes;
        lock (Gate)
        {
            if (_closeWritten)
            {
                return false;
            }

            (pong, _pong) = (_pong, null);
            direct = TakeDirect();
            closes = _closeWritten = CloseRequested;
        }

        if (pong is not null)
        {
            WebSocketFrameWriter.WriteFrame(output, WebSocketOpcode.Pong, pong);
        }

        if (direct is not null)
        {
            _messages.Write(output, direct);
        }

        tookBatch = WriteBatch(output);

        if (closes)
        {
            WebSocketFrameWriter.WriteClose(output, _closeStatus);
        }

        return tookBatch || closes || pong is not null || direct is not null;
    }

    private bool WriteBatch(IBufferWriter<byte> output)
    {
        var batch = _batch ??= [];
        try
        {
            var tookBatch = Owner.Queue.TryTake(this, batch, int.MaxValue, MaxBytesPerWrite);
            foreach (var message in batch)
            {
                _messages.Write(output, message);
            }

            return tookBatch;
        }
        finally
        {
            batch.Clear();
        }
    }
}
