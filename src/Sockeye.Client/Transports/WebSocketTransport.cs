using System.Buffers;
using System.Net.WebSockets;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Transports;

/// <summary>One WebSocket: a packet is a message.</summary>
internal sealed partial class WebSocketTransport(TransportSettings settings) : ClientTransport
{
    private const string Error = "websocket error";
    private const int BufferSize = 4096;

    // Larger buffers go back to the pool after their message.
    private const int MaxKeptBuffer = 64 * 1024;

    // The code that says that there was no close frame (RFC 6455, section 7.1.5).
    private const int AbnormalClosure = 1006;

    private readonly ClientWebSocket _socket = new();
    private readonly PooledBufferWriter _scratch = new();
    private byte[] _buffer = [];

    public override async Task<TransportFailure?> ConnectAsync(CancellationToken cancellation)
    {
        using var limit = new TimeLimit(settings.Time, settings.RequestTimeout, cancellation);
        try
        {
            var address = settings.Request(Sid, settings.Form.Base64);
            Configure(address);
            await OpenAsync(address, limit.Token).ConfigureAwait(false);
            TakeAnswer();
            return null;
        }
        catch (Exception exception)
        {
            TakeAnswer();
            return limit.HasPassed || exception is OperationCanceledException
                ? TransportFailure.FromTimeout(Error, Describe())
                : TransportFailure.FromException(Error, Describe(), exception, StatusCode);
        }
    }

    public override async Task<TransportEnd> ReadAsync(IPacketSink sink, CancellationToken cancellation)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            return await ReadMessagesAsync(sink, cancellation).ConfigureAwait(false);
        }
        catch (WebSocketException exception) when (exception.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely)
        {
            // The end of the stream without a close frame, or a reset: the official client's WebSocket under Node calls both closed, not failed.
            return TransportEnd.Closed(AbnormalClosure, "");
        }
        catch (WebSocketException) when (OperatingSystem.IsBrowser() && _socket.CloseStatus is not null)
        {
            // A browser has nothing but the close, with or without a frame; .NET makes an exception of all codes but the normal one.
            return TransportEnd.Closed((int)_socket.CloseStatus.Value, _socket.CloseStatusDescription);
        }
        catch (Exception exception)
        {
            return cancellation.IsCancellationRequested ? TransportEnd.Stopped : TransportEnd.Failed(TransportFailure.FromException(Error, Describe(), exception));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    public override async Task<TransportFailure?> WriteAsync(List<OutboundPacket> packets, CancellationToken cancellation)
    {
        try
        {
            for (var i = 0; i < packets.Count; i++)
            {
                await WriteAsync(packets[i], cancellation).ConfigureAwait(false);
            }

            return null;
        }
        catch (WebSocketException exception) when (exception.WebSocketErrorCode is WebSocketError.ConnectionClosedPrematurely or WebSocketError.InvalidState)
        {
            // The connection is gone, or closing. The reader says so, and how, when it has delivered what came before.
            return null;
        }
        catch (Exception exception)
        {
            return TransportFailure.FromException(Error, Describe(), exception);
        }
        finally
        {
            // An idle connection holds no buffer.
            _scratch.Dispose();
        }
    }

    public override async Task<bool> CloseAsync(CancellationToken cancellation)
    {
        if (_socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return false;
        }

        try
        {
            // The official client gives no code; the framework cannot send a close frame without one.
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The connection broke meanwhile: then it is closed, too.
            return false;
        }
    }

    public override void Abort() => _socket.Abort();

    public override void Dispose() => _socket.Dispose();

    private async Task<TransportEnd> ReadMessagesAsync(IPacketSink sink, CancellationToken cancellation)
    {
        var count = 0;
        while (true)
        {
            var result = await _socket.ReceiveAsync(_buffer.AsMemory(count), cancellation).ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                // Answered by the goodbye, not here: until then what the client writes must not fail on a socket that has been closed.
                return TransportEnd.Closed((int?)_socket.CloseStatus ?? (int)WebSocketCloseStatus.Empty, _socket.CloseStatusDescription);
            }

            count += result.Count;
            if (count > settings.MaxReceivedBytes)
            {
                return TransportEnd.Failed(TransportFailure.FromSize(Error, Describe(), settings.MaxReceivedBytes));
            }

            if (!result.EndOfMessage)
            {
                Grow(count);
                continue;
            }

            if (!TryRead(count, result.MessageType, out var type, out var isBinary, out var data))
            {
                return TransportEnd.Failed(TransportFailure.FromGarbage(Describe(), settings.Form.Protocol));
            }

            if (!await sink.ReceiveAsync(this, type, isBinary, data).ConfigureAwait(false))
            {
                // The close frame that answers ours, or the end of the stream.
                return await DrainAsync(cancellation).ConfigureAwait(false);
            }

            count = 0;
            Shrink();
        }
    }

    private bool TryRead(int count, WebSocketMessageType message, out EnginePacketType type, out bool isBinary, out ReadOnlyMemory<byte> data)
    {
        // The framework has checked the UTF-8.
        var isPacket = settings.Form.TryRead(_buffer.AsSpan(0, count), message == WebSocketMessageType.Binary, out var packet, out var range);
        (type, isBinary, data) = (packet.Type, packet.IsBinary, _buffer.AsMemory(range));
        return isPacket;
    }

    private async Task<TransportEnd> DrainAsync(CancellationToken cancellation)
    {
        ValueWebSocketReceiveResult result;
        do
        {
            result = await _socket.ReceiveAsync(_buffer.AsMemory(), cancellation).ConfigureAwait(false);
        }
        while (result.MessageType != WebSocketMessageType.Close);

        return TransportEnd.Stopped;
    }

    private void Grow(int count)
    {
        if (count < _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * count, settings.MaxReceivedBytes + 1L));
        _buffer.AsSpan(0, count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void Shrink()
    {
        if (_buffer.Length > MaxKeptBuffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        }
    }

    private async ValueTask WriteAsync(OutboundPacket packet, CancellationToken cancellation)
    {
        var data = settings.Form.Write(packet, _scratch, out var isBytes);
        await SendAsync(data, isBytes, packet.Compress, cancellation).ConfigureAwait(false);
    }

    private string Describe() => $"the WebSocket to {settings.Address.Location}";
}
