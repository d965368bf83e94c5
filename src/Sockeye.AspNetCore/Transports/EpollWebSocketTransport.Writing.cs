using Sockeye.AspNetCore.Epoll;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

// How messages leave: all that is queued in one system call, on the thread that flushes.
internal sealed partial class EpollWebSocketTransport
{
    // A gathered write takes at most this much before it looks whether the network keeps up.
    private const int MaxBytesPerWrite = 64 * 1024;

    [ThreadStatic]
    private static List<OutboundMessage>? _batchOfThread;

    [ThreadStatic]
    private static PooledBufferWriter? _bufferOfThread;

    private int _requests;
    private byte[]? _unsent;
    private int _unsentStart;
    private bool _unsentIsBatch;
    private bool _isBlocked;

    /// <summary>Writes what there is, never twice at the same time. Who comes while somebody writes has that one look once more.</summary>
    private void Write()
    {
        if (Interlocked.Increment(ref _requests) != 1)
        {
            return;
        }

        int served;
        do
        {
            served = Volatile.Read(ref _requests);
            try
            {
                while (TryWriteStep())
                {
                }
            }
            catch (Exception exception)
            {
                OnWriteFailed(exception);
            }
        }
        while (Interlocked.CompareExchange(ref _requests, 0, served) != served);
    }

    /// <summary>Writes no more, and ends the session with the error.</summary>
    private void OnWriteFailed(Exception exception)
    {
        // What was taken for this session must not leave with the next one's on this thread.
        (_batchOfThread, _bufferOfThread) = (null, null);
        _unsent = null;
        lock (_gate)
        {
            _closeTaken = true;
        }

        // Before the loop tells of the end without a reason.
        _owner.OnTransportClosed(this, exception.Message);
        Abort();
    }

    private void OnWritable()
    {
        if (Volatile.Read(ref _isBlocked))
        {
            Volatile.Write(ref _isBlocked, false);
            Write();
        }
    }

    /// <summary>One write: what was left of the last, or a pong, a packet past the queue, the queue, the close. True: there may be more.</summary>
    private bool TryWriteStep()
    {
        if (_unsent is { } unsent)
        {
            if (Volatile.Read(ref _isBlocked) && !_ended)
            {
                return false;
            }

            return TrySendRest(unsent);
        }

        byte[]? pong;
        OutboundMessage? direct;
        bool closes;
        lock (_gate)
        {
            if (_ended)
            {
                _messages.Deflater?.Dispose();
                return false;
            }

            if (_closeTaken)
            {
                return false;
            }

            (pong, _pong) = (_pong, null);
            (direct, _direct) = (_direct, null);
            closes = _closeTaken = _closeRequested;
        }

        var batch = _batchOfThread ??= [];
        var isBatch = _owner.Queue.TryTake(this, batch, int.MaxValue, MaxBytesPerWrite);
        if (!isBatch && pong is null && direct is null && !closes)
        {
            return false;
        }

        if (pong is null && direct is null && !closes && batch.Count == 1 && _messages.SendsShared(batch[0]))
        {
            // The bytes that all receivers share go to the kernel from where they are.
            var frames = _messages.Form.FramesOf(batch[0]);
            batch.Clear();
            return Send(frames, isBatch, closes);
        }

        var buffer = _bufferOfThread ??= new PooledBufferWriter();
        if (pong is not null)
        {
            WebSocketFrameWriter.WriteFrame(buffer, WebSocketOpcode.Pong, pong);
        }

        if (direct is not null)
        {
            _messages.Write(buffer, direct);
        }

        foreach (var message in batch)
        {
            _messages.Write(buffer, message);
        }

        batch.Clear();
        if (closes)
        {
            WebSocketFrameWriter.WriteClose(buffer, _closeStatus);
        }

        // What the session is told may write another socket on this thread.
        _bufferOfThread = null;
        var more = Send(buffer.WrittenSpan, isBatch, closes);
        buffer.Clear();
        if (buffer.GetSpan().Length > 2 * MaxBytesPerWrite)
        {
            buffer.Dispose();
        }

        _bufferOfThread = buffer;
        return more;
    }

    private bool Send(ReadOnlySpan<byte> data, bool isBatch, bool closes)
    {
        // Before the call: the loop may tell of room before this thread has heard that there was none.
        Volatile.Write(ref _isBlocked, true);
        var count = _socket.Send(data);
        if (count == data.Length)
        {
            Volatile.Write(ref _isBlocked, false);
            return OnSent(isBatch);
        }

        if (count < 0 && count != Native.Again)
        {
            return OnLost();
        }

        _unsent = data[Math.Max(0, count)..].ToArray();
        (_unsentStart, _unsentIsBatch) = (0, isBatch);
        // Room may have come in between; if not, this is one call too many.
        return count > 0 && !closes;
    }

    private bool TrySendRest(byte[] unsent)
    {
        Volatile.Write(ref _isBlocked, true);
        var count = _socket.Send(unsent.AsSpan(_unsentStart));
        if (count < 0 && count != Native.Again)
        {
            return OnLost();
        }

        _unsentStart += Math.Max(0, count);
        if (_unsentStart < unsent.Length)
        {
            return false;
        }

        _unsent = null;
        Volatile.Write(ref _isBlocked, false);
        // A pong, a packet past the queue or the close may have been asked for while nothing could be written.
        OnSent(_unsentIsBatch);
        return true;
    }

    private bool OnSent(bool isBatch)
    {
        if (isBatch)
        {
            _owner.Queue.Written(this);
            _owner.OnWritten(this);
        }

        lock (_gate)
        {
            if (!_closeTaken)
            {
                return _owner.Queue.Bytes > 0;
            }
        }

        // The loop ends what the peer has ended already.
        Volatile.Write(ref _closeWritten, true);
        _socket.Wake();
        return false;
    }

    /// <summary>Nobody takes what is left.</summary>
    private bool OnLost()
    {
        _unsent = null;
        lock (_gate)
        {
            _closeTaken = true;
        }

        Abort();
        return _ended;
    }
}
