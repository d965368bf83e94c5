using System.Net;
using System.Text.Json;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>A session's client on either transport, so that a test can be told once for both. Answers pings; all else is the test's.</summary>
internal sealed class EngineClient : IAsyncDisposable
{
    private readonly RawPollingClient? _polling;
    private readonly RawWebSocketClient? _socket;
    private readonly Queue<string> _packets = new();

    private EngineClient(RawPollingClient? polling, RawWebSocketClient? socket, JsonElement handshake)
    {
        (_polling, _socket) = (polling, socket);
        Handshake = handshake;
    }

    public JsonElement Handshake { get; }

    public string Sid => Handshake.GetProperty("sid").GetString()!;

    public RawPollingClient Polling => _polling!;

    public RawWebSocketClient Socket => _socket!;

    public static async Task<EngineClient> OpenAsync(KestrelServer server, string transport, string query = "")
    {
        query = $"EIO=4&transport={transport}{query}";
        if (transport == "websocket")
        {
            var socket = await server.WebSocketAsync(EngineHost.Path, query);
            return new EngineClient(null, socket, await socket.ReceiveHandshakeAsync());
        }

        var polling = server.Polling(EngineHost.Path);
        var opened = await polling.OpenAsync(query);
        var client = new EngineClient(polling, null, polling.Handshake);
        client.Queue(opened.Packets[1..]);
        return client;
    }

    /// <summary>Sends a text message.</summary>
    public Task SendAsync(string text) => _socket?.SendTextAsync($"4{text}") ?? Polling.SendPacketsAsync($"4{text}");

    /// <summary>Sends a binary message.</summary>
    public Task SendAsync(byte[] data) => _socket?.SendBinaryAsync(data) ?? Polling.SendPacketsAsync($"b{Convert.ToBase64String(data)}");

    /// <summary>Sends any text packets, together where the transport can.</summary>
    public async Task SendPacketsAsync(params string[] packets)
    {
        if (_socket is null)
        {
            await Polling.SendPacketsAsync(packets);
            return;
        }

        foreach (var packet in packets)
        {
            await _socket.SendTextAsync(packet);
        }
    }

    /// <summary>The next packet: text with its type, binary as bytes.</summary>
    public async Task<object> ReceiveAsync()
    {
        while (true)
        {
            var packet = _socket is null ? await NextPolledAsync() : await _socket.ReceiveAsync();
            if (packet is not "2")
            {
                return packet;
            }

            await SendPacketsAsync("3");
        }
    }

    public async Task<string> ReceiveTextAsync() => Assert.IsType<string>(await ReceiveAsync());

    /// <summary>Closes in the transport's own way.</summary>
    public Task CloseAsync() => _socket?.CloseAsync() ?? Polling.SendPacketsAsync("1");

    /// <summary>Waits until the server has ended the session on the wire. Gives the packets that came before; on polling the close packet is among them.</summary>
    public async Task<string[]> ReceiveUntilEndAsync()
    {
        var packets = new List<string>();
        if (_socket is not null)
        {
            await _socket.WaitForCloseAsync();
            return [.. _socket.TakePending().Select(packet => (string)packet)];
        }

        while (true)
        {
            var poll = await Polling.PollAsync();
            if (poll.Status is not HttpStatusCode.OK)
            {
                return [.. packets];
            }

            packets.AddRange(poll.Packets);
        }
    }

    public ValueTask DisposeAsync() => _socket?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<object> NextPolledAsync()
    {
        while (_packets.Count == 0)
        {
            var poll = await Polling.PollAsync();
            Assert.Equal(HttpStatusCode.OK, poll.Status);
            Queue(poll.Packets);
        }

        var packet = _packets.Dequeue();
        return packet.StartsWith('b') ? Convert.FromBase64String(packet[1..]) : packet;
    }

    private void Queue(IEnumerable<string> packets)
    {
        foreach (var packet in packets)
        {
            _packets.Enqueue(packet);
        }
    }
}
