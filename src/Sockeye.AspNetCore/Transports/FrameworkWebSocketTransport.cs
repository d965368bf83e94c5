using System.Net.WebSockets;
using Sockeye.Protocol.Buffers;

namespace Sockeye.AspNetCore.Transports;

/// <summary>A WebSocket of the host's own, where there is no stream to frame on: TestServer.</summary>
internal sealed class FrameworkWebSocketTransport : Transport
{
    private static readonly TimeSpan CloseHandshakeTimeout = TimeSpan.FromSeconds(2);

    private readonly ITransportOwner _owner;
    private readonly WebSocket _socket;
    private readonly long _maxMessageSize;
    private readonly WireForm _form;
    private readonly SerialFlush _flush;
    private readonly List<OutboundMessage> _batch = [];
    private readonly Lock _lock = new();
    private OutboundMessage? _direct;
    private WebSocketCloseStatus? _closeStatus;
    private IDisposable? _closeTimer;
    private bool _ended;

    public FrameworkWebSocketTransport(ITransportOwner owner, WebSocket socket, long maxMessageSize, WireForm form)
    {
        _form = form;
        _owner = owner;
        _socket = socket;
        _maxMessageSize = maxMessageSize;
        _flush = new SerialFlush(WriteStepAsync, OnWriteFailed);
    }

    public override string Name => "websocket";

    /// <summary>Reads until the connection ends.</summary>
    public async Task RunAsync()
    {
        var isOrderly = false;
        string? error = null;
        try
        {
            await ReceiveAsync();
            isOrderly = true;
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
            if (isOrderly)
            {
                await _flush.WhenIdleAsync();
            }

            var stopped = _flush.StopAsync();
            if (!stopped.IsCompleted)
            {
                _socket.Abort();
            }

            await stopped;
            lock (_lock)
            {
                _ended = true;
                _closeTimer?.Dispose();
            }

            _socket.Dispose();
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
        Close(WebSocketCloseStatus.Empty);
        return true;
    }

    public override void Discard(TransportEnd end)
    {
        _owner.Queue.EndLease(this);
        if (end is TransportEnd.Aborted)
        {
            _socket.Abort();
        }
        else
        {
            Close(WebSocketCloseStatus.Empty);
        }
    }

    private void Close(WebSocketCloseStatus status)
    {
        lock (_lock)
        {
            if (_closeStatus is not null || _ended)
            {
                return;
            }

            _closeStatus = status;
            _closeTimer = _owner.Schedule(CloseHandshakeTimeout, _socket.Abort);
        }

        _flush.Request();
    }

    private async Task ReceiveAsync()
    {
        using var message = new PooledBufferWriter();
        while (true)
        {
            await _owner.WhenReadable();
            var part = await _socket.ReceiveAsync(message.GetMemory(4096), CancellationToken.None);
            message.Advance(part.Count);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                Close(WebSocketCloseStatus.Empty);
                return;
            }

            if (message.WrittenCount > _maxMessageSize)
            {
                Close(WebSocketCloseStatus.MessageTooBig);
                _owner.OnTransportClosed(this, "WebSocket: MessageTooBig");
                return;
            }

            if (part.EndOfMessage)
            {
                Handle(part.MessageType, message.WrittenSpan);
                message.Clear();
            }
        }
    }

    private void Handle(WebSocketMessageType type, ReadOnlySpan<byte> data)
    {
        var isText = type is WebSocketMessageType.Text;
        if (isText ? _form.TryReadText(data, out var packet) : _form.TryReadBinary(data, out packet))
        {
            _owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
        }
        else
        {
            _owner.OnMalformed(this, $"a {(isText ? "text" : "binary")} message is no Engine.IO packet");
        }
    }

    private async ValueTask<bool> WriteStepAsync()
    {
        OutboundMessage? direct;
        WebSocketCloseStatus? close;
        lock (_lock)
        {
            (direct, _direct) = (_direct, null);
            close = _closeStatus;
        }

        _batch.Clear();
        if (direct is not null)
        {
            await SendAsync(direct);
        }

        var tookBatch = _owner.Queue.TryTake(this, _batch, int.MaxValue, int.MaxValue);
        foreach (var message in _batch)
        {
            await SendAsync(message);
        }

        if (tookBatch)
        {
            _owner.Queue.Written(this);
            _owner.OnWritten(this);
        }

        if (close is not null && _socket.State is (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            await _socket.CloseOutputAsync(close.Value, statusDescription: null, CancellationToken.None);
        }

        return tookBatch || direct is not null;
    }

    private async ValueTask SendAsync(OutboundMessage message)
    {
        using var scratch = new PooledBufferWriter();
        for (var i = 0; i < message.PacketCount; i++)
        {
            var data = _form.Encode(message.GetPart(i, out var isBinary), ref isBinary, scratch).ToArray();
            await _socket.SendAsync(data.AsMemory(), isBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
    }

    private void OnWriteFailed(Exception exception)
    {
        if (!IsConnectionLoss(exception))
        {
            _owner.OnTransportClosed(this, exception.Message);
        }

        _socket.Abort();
    }

    private static bool IsConnectionLoss(Exception exception) => exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
