using System.Buffers;
using System.IO.Pipelines;

namespace Sockeye.Wire.Tapping;

/// <summary>The bytes of a connection on their way through: seen once each, when they arrive and when they are written.</summary>
internal sealed class TappedPipe(IDuplexPipe inner, TappedConnection connection) : IDuplexPipe
{
    public PipeReader Input { get; } = new TappedReader(inner.Input, connection);

    public PipeWriter Output { get; } = new TappedWriter(inner.Output, connection);
}

internal sealed class TappedReader(PipeReader inner, TappedConnection connection) : PipeReader
{
    private ReadOnlySequence<byte> _buffer;

    // What a reader has looked at and left in the pipe comes again with the next read.
    private long _seen;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.DelayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The caller has no result, so it cannot give the buffer back.
            inner.AdvanceTo(result.Buffer.Start);
            throw;
        }

        return See(result);
    }

    public override bool TryRead(out ReadResult result)
    {
        // A read that must not wait would overtake the delay.
        if (connection.IsSlow || !inner.TryRead(out result))
        {
            result = default;
            return false;
        }

        See(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _seen = Math.Max(0, _seen - _buffer.Slice(0, consumed).Length);
        _buffer = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private ReadResult See(in ReadResult result)
    {
        _buffer = result.Buffer;
        if (_buffer.Length > _seen)
        {
            connection.See(WireDirection.ToServer, _buffer.Slice(_seen));
            _seen = _buffer.Length;
        }

        if (result.IsCompleted)
        {
            connection.End(WireDirection.ToServer);
        }

        return result;
    }
}

internal sealed class TappedWriter(PipeWriter inner, TappedConnection connection) : PipeWriter
{
    private Memory<byte> _memory;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes)
    {
        if (bytes > 0)
        {
            connection.See(WireDirection.ToClient, new(_memory[..bytes]));
        }

        // Kestrel goes on in what is left of the memory, without asking for it again.
        _memory = _memory[bytes..];
        inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        await connection.DelayAsync(cancellationToken).ConfigureAwait(false);
        return await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        connection.End(WireDirection.ToClient);
        inner.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        connection.End(WireDirection.ToClient);
        return inner.CompleteAsync(exception);
    }
}
