using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Epoll;

// How the bytes of HTTP come and go.
internal sealed partial class EpollConnection
{
    /// <summary>Half a block of Kestrel's pool: less is not worth a system call.</summary>
    private const int MinimumRead = 2048;

    private readonly TaskCompletionSource _readingStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _writableGate = new();
    private Task _sending = Task.CompletedTask;
    private ConnectionAbortedException? _abortReason;
    private TaskCompletionSource? _writable;
    private bool _hasRoom;
    private bool _stopReading;
    private bool _mayHaveEnded;
    private bool _peerHasEnded;

    /// <summary>Nobody reads from the socket any more when this is over. Whoever reads now finishes first.</summary>
    private void StopReading()
    {
        Volatile.Write(ref _stopReading, true);
        _received.Writer.CancelPendingFlush();
        if (_socket.TryBeginReading(this))
        {
            Receive();
        }
    }

    /// <summary>Receives until there is no more, into the pipe's own memory. The caller has the right to read.</summary>
    private void Receive()
    {
        var input = _received.Writer;
        while (true)
        {
            if (Volatile.Read(ref _stopReading) || _peerHasEnded)
            {
                // The right to read is not given back until the socket has another handler: nobody may take bytes now.
                EndReceiving();
                return;
            }

            var memory = input.GetMemory(MinimumRead);
            var count = _socket.Receive(memory.Span);
            if (count > 0)
            {
                input.Advance(count);
                var flush = input.FlushAsync();
                if (!flush.IsCompletedSuccessfully)
                {
                    _ = ReceiveAfterAsync(flush);
                    return;
                }

                OnFlushed(flush.Result);
                // Less than there was room for is all that there is, and what comes next is a new event (man 7 epoll); but the end may have come with these.
                if (count == memory.Length || Volatile.Read(ref _mayHaveEnded) || !TryPause())
                {
                    continue;
                }

                return;
            }

            if (count == Native.Again)
            {
                if (TryPause())
                {
                    return;
                }

                continue;
            }

            _peerHasEnded = true;
            OnEnd(count);
        }
    }

    private bool TryPause() => !Volatile.Read(ref _stopReading) && _socket.TryEndReading();

    /// <summary>The application does not keep up: nothing is received until it does.</summary>
    private async Task ReceiveAfterAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            OnFlushed(await flush.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            // Whoever reads has failed, and said so to its pipe.
            EpollLog.ReaderFailed(_engine.Logger, ConnectionId, exception);
            Volatile.Write(ref _stopReading, true);
        }

        Receive();
    }

    private void OnFlushed(FlushResult result)
    {
        // The application reads no more; so does nobody else.
        if (result.IsCompleted)
        {
            Volatile.Write(ref _stopReading, true);
        }
    }

    /// <summary>The peer has sent its end, or the connection is lost. As with the default transport that ends both directions for the application.</summary>
    private void OnEnd(int error)
    {
        Exception? reason = null;
        if (error != 0 && Volatile.Read(ref _end) == Open)
        {
            EpollLog.ConnectionReset(_engine.Logger, ConnectionId);
            reason = new ConnectionResetException("The connection was reset by its peer.");
        }

        _received.Writer.Complete(_abortReason ?? reason);
        FireClosed();
    }

    private void EndReceiving()
    {
        if (Volatile.Read(ref _end) == Closed && !_peerHasEnded)
        {
            _received.Writer.Complete(_abortReason);
            FireClosed();
        }

        _readingStopped.TrySetResult();
    }

    /// <summary>Sends what is flushed, on the thread that flushes it, until the pipe is completed, the connection lost or taken away.</summary>
    private async Task SendAsync()
    {
        var output = _sent.Reader;
        var isLost = false;
        while (true)
        {
            var result = await output.ReadAsync().ConfigureAwait(false);
            var buffer = result.Buffer;
            while (!buffer.IsEmpty && !isLost)
            {
                ClearRoom();
                var count = Send(buffer);
                if (count >= 0)
                {
                    buffer = buffer.Slice(count);
                }
                else if (count == Native.Again)
                {
                    await WhenWritable().ConfigureAwait(false);
                }
                else
                {
                    isLost = true;
                }
            }

            output.AdvanceTo(result.Buffer.End);
            if (isLost || result.IsCompleted || result.IsCanceled)
            {
                break;
            }
        }

        // A flush that waits for room, and every later one, is told that nobody takes it.
        await output.CompleteAsync().ConfigureAwait(false);
        if (isLost)
        {
            Abort(new ConnectionAbortedException("The connection was reset by its peer."));
        }
    }

    private int Send(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment)
        {
            return _socket.Send(buffer.FirstSpan);
        }

        var parts = ArrayPool<ReadOnlyMemory<byte>>.Shared.Rent(Native.MaxGathered);
        var count = 0;
        foreach (var part in buffer)
        {
            if (count == Native.MaxGathered)
            {
                break;
            }

            parts[count++] = part;
        }

        var sent = _socket.Send(parts.AsSpan(0, count));
        ArrayPool<ReadOnlyMemory<byte>>.Shared.Return(parts, clearArray: true);
        return sent;
    }

    private void ClearRoom()
    {
        lock (_writableGate)
        {
            _hasRoom = false;
        }
    }

    private Task WhenWritable()
    {
        lock (_writableGate)
        {
            return _hasRoom ? Task.CompletedTask : (_writable ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void OnWritable()
    {
        lock (_writableGate)
        {
            _hasRoom = true;
            _writable?.TrySetResult();
            _writable = null;
        }
    }
}
