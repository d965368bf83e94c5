using System.Buffers;
using System.Net.WebSockets;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>Engine.IO over a WebSocket whose handshake was made by hand.</summary>
internal sealed class WebSocketEngine : IEngineTransport
{
    private const int MaxMessage = 4 * 1024 * 1024;

    private readonly Connection _connection;
    private readonly WebSocket _socket;
    private readonly ArrayBufferWriter<byte> _message = new();
    // A receive that is given up would abort the WebSocket, so what is awaited in vain is awaited again.
    private Task<EngineReceipt>? _receiving;

    public WebSocketEngine(Connection connection)
    {
        _connection = connection;
        _socket = WebSocket.CreateFromStream(connection.Stream, new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero });
    }

    public string Name => "websocket";

    public async Task<string?> SendAsync(EnginePacketType type, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var packet = new ArrayBufferWriter<byte>();
        EnginePacketCodec.Write(packet, type, data.Span);
        try
        {
            await _socket.SendAsync(packet.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
        {
            return $"sending failed: {e.Message}";
        }
    }

    public async Task<EngineReceipt> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _receiving ??= ReceiveAsync();
        try
        {
            var receipt = await _receiving.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            _receiving = null;
            return receipt;
        }
        catch (TimeoutException)
        {
            return EngineReceipt.Timeout;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        if (_receiving is not null)
        {
            await ((Task)_receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<EngineReceipt> ReceiveAsync()
    {
        _message.ResetWrittenCount();
        try
        {
            while (true)
            {
                var result = await _socket.ReceiveAsync(_message.GetMemory(4096), CancellationToken.None).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return EngineReceipt.Ended($"the server closed the WebSocket with code {(int?)_socket.CloseStatus} {Excerpt.Of(_socket.CloseStatusDescription ?? "")}".TrimEnd());
                }

                _message.Advance(result.Count);
                if (_message.WrittenCount > MaxMessage)
                {
                    return EngineReceipt.Ended($"a message of more than {Words.Bytes(MaxMessage)} came");
                }

                if (result.EndOfMessage)
                {
                    return Read(result.MessageType == WebSocketMessageType.Binary);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            return EngineReceipt.Ended(e is WebSocketException { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely } ? "the connection was cut without a close frame" : $"the connection failed: {e.Message}");
        }
    }

    private EngineReceipt Read(bool isBinary)
    {
        if (isBinary)
        {
            return new(EnginePacketType.Message, _message.WrittenSpan.ToArray()) { IsBinary = true };
        }

        return EnginePacketCodec.TryRead(_message.WrittenSpan, out var packet)
            ? new(packet.Type, packet.Data.ToArray())
            : EngineReceipt.Ended($"what came is no Engine.IO packet: {Excerpt.Of(_message.WrittenSpan)}");
    }
}
