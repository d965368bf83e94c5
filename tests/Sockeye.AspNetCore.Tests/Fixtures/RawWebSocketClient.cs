using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A WebSocket handshake that the server refused.</summary>
internal sealed class WebSocketRefusedException(HttpStatusCode status, Exception inner) : Exception($"Refused with status {(int)status}.", inner)
{
    public HttpStatusCode Status { get; } = status;
}

/// <summary>Engine.IO over WebSocket by hand: nothing is sent or answered that the test does not say.</summary>
internal sealed class RawWebSocketClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<object> _messages = Channel.CreateUnbounded<object>();
    private readonly Task<WebSocketCloseStatus?> _ended;

    private RawWebSocketClient(ClientWebSocket socket)
    {
        _socket = socket;
        _ended = ReceiveAllAsync();
    }

    /// <summary>Connects. A refusal is a <see cref="WebSocketRefusedException"/>.</summary>
    public static async Task<RawWebSocketClient> ConnectAsync(Uri uri, Action<ClientWebSocketOptions>? configure = null, HttpMessageInvoker? invoker = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (invoker is null)
        {
            socket.Options.Proxy = null;
        }

        // Pongs on its own account would be bytes that the test did not ask for.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        configure?.Invoke(socket.Options);
        try
        {
            await socket.ConnectAsync(uri, invoker, TestContext.Current.CancellationToken).Within(what: $"connect to {uri}");
            return new RawWebSocketClient(socket);
        }
        catch (WebSocketException exception) when (socket.HttpStatusCode is not 0 and not HttpStatusCode.SwitchingProtocols)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            throw new WebSocketRefusedException(status, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Receives the open packet and gives its JSON.</summary>
    public async Task<JsonElement> ReceiveHandshakeAsync()
    {
        var packet = await ReceiveTextAsync();
        Assert.StartsWith("0{", packet);
        return JsonElement.Parse(packet[1..]);
    }

    public Task SendTextAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, $"send {text}");

    public Task SendBinaryAsync(params byte[] data) => SendAsync(data, WebSocketMessageType.Binary, $"send {data.Length} bytes");

    public async Task<string> ReceiveTextAsync() => Assert.IsType<string>(await ReceiveAsync());

    public async Task<byte[]> ReceiveBinaryAsync() => Assert.IsType<byte[]>(await ReceiveAsync());

    /// <summary>The next message: a string or a byte array. The end of the connection is an error.</summary>
    public async Task<object> ReceiveAsync()
    {
        try
        {
            return await _messages.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what: "a WebSocket message");
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"A message was expected, but the connection ended with close status {await _ended}.");
        }
    }

    /// <summary>The next message, waiting as long as it takes; null at the end of the connection.</summary>
    public async Task<object?> ReceiveOrEndAsync() =>
        await _messages.Reader.WaitToReadAsync(TestContext.Current.CancellationToken) && _messages.Reader.TryRead(out var message) ? message : null;

    /// <summary>Sends the server's close frame its answer and gives its status; null when the connection ended without one. Messages that come before are passed over.</summary>
    public Task<WebSocketCloseStatus?> WaitForCloseAsync() => _ended.Within(what: "the end of the WebSocket");

    /// <summary>The messages that came and were not received by the test yet.</summary>
    public IReadOnlyList<object> TakePending()
    {
        var pending = new List<object>();
        while (_messages.Reader.TryRead(out var message))
        {
            pending.Add(message);
        }

        return pending;
    }

    /// <summary>Closes as a browser does: a close frame, then the answer.</summary>
    public async Task CloseAsync()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken).Within(what: "send a close frame");
        await WaitForCloseAsync();
    }

    /// <summary>Cuts the TCP connection.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Abort();
        await _ended;
        _socket.Dispose();
        _stop.Dispose();
    }

    // What is sent to a server that has closed already is lost, as on any network: the test finds out by what it receives.
    private async Task SendAsync(ReadOnlyMemory<byte> data, WebSocketMessageType type, string what)
    {
        try
        {
            await _socket.SendAsync(data, type, endOfMessage: true, TestContext.Current.CancellationToken).AsTask().Within(what: what);
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException && _socket.State is not WebSocketState.Open)
        {
            await _ended.Within(what: "the end of a WebSocket that takes nothing any more");
        }
    }

    private async Task<WebSocketCloseStatus?> ReceiveAllAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), _stop.Token);
                if (received.MessageType is WebSocketMessageType.Close)
                {
                    if (_socket.State is WebSocketState.CloseReceived)
                    {
                        await _socket.CloseOutputAsync(_socket.CloseStatus is WebSocketCloseStatus.Empty or null ? WebSocketCloseStatus.Empty : WebSocketCloseStatus.NormalClosure, null, _stop.Token);
                    }

                    return _socket.CloseStatus;
                }

                message.Write(buffer, 0, received.Count);
                if (received.EndOfMessage)
                {
                    _messages.Writer.TryWrite(received.MessageType is WebSocketMessageType.Text ? Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length) : message.ToArray());
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            return _socket.CloseStatus;
        }
        finally
        {
            _messages.Writer.TryComplete();
        }
    }
}
