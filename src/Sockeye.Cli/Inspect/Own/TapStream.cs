using System.Net.Security;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Own;

/// <summary>Passes bytes through, and shows them to a connection's decoder.</summary>
internal sealed class TapStream : Stream
{
    private readonly Stream _inner;
    private readonly TappedConnection _connection;
    private readonly Lock _lock;
    private bool _isClosed;

    public TapStream(Stream inner, TappedConnection connection, Lock @lock)
    {
        (_inner, _connection, _lock) = (inner, connection, @lock);
        if (inner is SslStream tls)
        {
            lock (_lock)
            {
                connection.Secured(tls);
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Received(buffer.Span[..count], wasAsked: buffer.Length > 0);
        return count;
    }

    public override int Read(Span<byte> buffer)
    {
        var count = _inner.Read(buffer);
        Received(buffer[..count], wasAsked: buffer.Length > 0);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Sent(buffer.Span);
        await _inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Sent(buffer);
        _inner.Write(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isClosed)
        {
            _isClosed = true;
            lock (_lock)
            {
                _connection.Closing();
            }

            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Sent(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            _connection.Receive(WireDirection.ToServer, data);
        }
    }

    private void Received(ReadOnlySpan<byte> data, bool wasAsked)
    {
        lock (_lock)
        {
            if (data.Length > 0)
            {
                _connection.Receive(WireDirection.ToClient, data);
            }
            else if (wasAsked)
            {
                _connection.End(WireDirection.ToClient, DateTimeOffset.UtcNow);
            }
        }
    }
}
