using System.Net.WebSockets;
using Sockeye.Protocol.Buffers;

namespace Sockeye.AspNetCore.Transports;

/// <summary>A WebSocket of the host's own, where there is no stream to frame on: TestServer.</summary>
internal sealed class FrameworkWebSocketTransport : StreamTransport
{
    private readonly WebSocket _socket;
    private readonly long _maxMessageSize;
    private readonly WireForm _form;
    private WebSocketCloseStatus _closeStatus = WebSocketCloseStatus.Empty;

    public FrameworkWebSocketTransport(ITransportOwner owner, WebSocket socket, long maxMessageSize, WireForm form)
        : base(owner)
    {
        _form = form;
        _socket = socket;
        _maxMessageSize = maxMessageSize;
    }

    public override string Name => "websocket";

    protected override async Task<bool> ReceiveAsync()
    {
        using var message = new PooledBufferWriter();
        while (true)
        {
            await Owner.WhenReadable();
            var part = await _socket.ReceiveAsync(message.GetMemory(4096), CancellationToken.None);
            message.Advance(part.Count);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                Close();
                return true;
            }

            if (message.WrittenCount > _maxMessageSize)
            {
                CloseTooBig();
                Owner.OnTransportClosed(this, "WebSocket: MessageTooBig");
                return true;
            }

            if (part.EndOfMessage)
            {
                Handle(part.MessageType, message.WrittenSpan);
                message.Clear();
            }
        }
    }

    protected override async ValueTask<bool> WriteStepAsync()
    {
        OutboundMessage? direct;
        WebSocketCloseStatus? close;
        lock (Gate)
        {
            direct = TakeDirect();
            close = CloseRequested ? _closeStatus : null;
        }

        Batch.Clear();
        if (direct is not null)
        {
            await SendAsync(direct);
        }

        var tookBatch = Owner.Queue.TryTake(this, Batch, int.MaxValue, int.MaxValue);
        foreach (var message in Batch)
        {
            await SendAsync(message);
        }

        if (tookBatch)
        {
            Written();
        }

        if (close is not null && _socket.State is (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            await _socket.CloseOutputAsync(close.Value, statusDescription: null, CancellationToken.None);
        }

        return tookBatch || direct is not null;
    }

    protected override void Abort() => _socket.Abort();

    protected override ValueTask ReleaseAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private void CloseTooBig()
    {
        lock (Gate)
        {
            if (!TryBeginClose())
            {
                return;
            }

            _closeStatus = WebSocketCloseStatus.MessageTooBig;
        }

        Writes.Request();
    }

    private void Handle(WebSocketMessageType type, ReadOnlySpan<byte> data)
    {
        var isText = type is WebSocketMessageType.Text;
        if (isText ? _form.TryReadText(data, out var packet) : _form.TryReadBinary(data, out packet))
        {
            Owner.OnPacket(this, packet.Type, packet.IsBinary, packet.Data);
        }
        else
        {
            Owner.OnMalformed(this, $"a {(isText ? "text" : "binary")} message is no Engine.IO packet");
        }
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
}
