using System.Text.Json;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Socket.IO by hand over a WebSocket: pings are answered, everything else is up to the test.</summary>
internal sealed class SocketClient : IAsyncDisposable
{
    private readonly RawWebSocketClient _raw;

    private SocketClient(RawWebSocketClient raw) => _raw = raw;

    /// <summary>Why and when the server closed the connection.</summary>
    public Task Closed => _raw.WaitForCloseAsync();

    /// <summary>Opens a connection without joining a namespace.</summary>
    public static async Task<SocketClient> OpenAsync(KestrelServer server)
    {
        var raw = await server.WebSocketAsync();
        await raw.ReceiveHandshakeAsync();
        return new SocketClient(raw);
    }

    /// <summary>Opens a connection and joins "/".</summary>
    public static async Task<SocketClient> ConnectAsync(KestrelServer server)
    {
        var client = await OpenAsync(server);
        await client.JoinAsync();
        return client;
    }

    /// <summary>Joins a namespace and gives the socket's id.</summary>
    public async Task<string> JoinAsync(string ns = "/", string auth = "")
    {
        var prefix = ns == "/" ? "" : ns + ",";
        await SendAsync($"40{prefix}{auth}");
        var answer = await ReceiveAsync();
        Assert.StartsWith($"40{prefix}{{\"sid\":\"", answer);
        return JsonElement.Parse(answer[(2 + prefix.Length)..]).GetProperty("sid").GetString()!;
    }

    public Task SendAsync(string packet) => _raw.SendTextAsync(packet);

    public Task SendBinaryAsync(params byte[] data) => _raw.SendBinaryAsync(data);

    /// <summary>The next text message that is not a ping.</summary>
    public async Task<string> ReceiveAsync()
    {
        while (true)
        {
            var packet = await _raw.ReceiveTextAsync();
            if (packet != "2")
            {
                return packet;
            }

            await _raw.SendTextAsync("3");
        }
    }

    public async Task ExpectAsync(params string[] packets)
    {
        foreach (var packet in packets)
        {
            Assert.Equal(packet, await ReceiveAsync());
        }
    }

    public Task<byte[]> ReceiveBinaryAsync() => _raw.ReceiveBinaryAsync();

    public void Abort() => _raw.Abort();

    public ValueTask DisposeAsync() => _raw.DisposeAsync();
}
