using System.Net;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A session of revision 3 on any transport: packets as strings with their type, binary messages as bytes. It sends no pings; tests are shorter than that.</summary>
internal sealed class EngineClientV3 : IAsyncDisposable
{
    private readonly RawPollingClientV3? _polling;
    private readonly RawWebSocketClient? _socket;
    private readonly Queue<object> _packets = new();

    private EngineClientV3(string sid, RawPollingClientV3? polling, RawWebSocketClient? socket) => (Sid, _polling, _socket) = (sid, polling, socket);

    public string Sid { get; }

    /// <summary>Opens a session.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="via">The transport.</param>
    /// <param name="path">The endpoint's path.</param>
    /// <param name="more">More of the query: <c>&amp;b64=1</c>.</param>
    public static async Task<EngineClientV3> OpenAsync(KestrelServer server, Via via, string path = "/socket.io/", string more = "")
    {
        if (via is Via.WebSocket)
        {
            var socket = await server.WebSocketAsync(path, $"EIO=3&transport=websocket{more}");
            return new((await socket.ReceiveHandshakeAsync()).GetProperty("sid").GetString()!, null, socket);
        }

        var polling = new RawPollingClientV3(server.Http, path, more);
        var opened = await polling.OpenAsync();
        RawWebSocketClient? upgraded = null;
        if (via is Via.Upgraded)
        {
            upgraded = await server.WebSocketAsync(path, $"EIO=3&transport=websocket&sid={polling.Sid}{more}");
            await upgraded.SendTextAsync("2probe");
            Assert.Equal("3probe", await upgraded.ReceiveTextAsync());
            await upgraded.SendTextAsync("5");
        }

        var client = new EngineClientV3(polling.Sid, upgraded is null ? polling : null, upgraded);
        foreach (var packet in opened.Packets.Skip(1))
        {
            client._packets.Enqueue(packet);
        }

        return client;
    }

    /// <summary>Sends packets, together where the transport can.</summary>
    public async Task SendAsync(params object[] packets)
    {
        if (_polling is not null)
        {
            await _polling.SendPacketsAsync(packets);
            return;
        }

        foreach (var packet in packets)
        {
            await (packet is byte[] data ? _socket!.SendBinaryAsync([4, .. data]) : _socket!.SendTextAsync((string)packet));
        }
    }

    /// <summary>The next packet.</summary>
    public async Task<object> ReceiveAsync()
    {
        while (_packets.Count == 0)
        {
            if (_socket is not null)
            {
                var packet = await _socket.ReceiveAsync();
                if (packet is byte[] frame)
                {
                    Assert.Equal(4, frame[0]);
                    packet = frame[1..];
                }
                else if (packet is string text && text.StartsWith("b4", StringComparison.Ordinal))
                {
                    packet = Convert.FromBase64String(text[2..]);
                }

                return packet;
            }

            var poll = await _polling!.PollAsync();
            Assert.Equal(HttpStatusCode.OK, poll.Status);
            foreach (var packet in poll.Packets)
            {
                _packets.Enqueue(packet);
            }
        }

        return _packets.Dequeue();
    }

    /// <summary>The next packets must be these.</summary>
    public async Task ExpectAsync(params object[] packets)
    {
        foreach (var packet in packets)
        {
            Assert.Equal(packet, await ReceiveAsync());
        }
    }

    /// <summary>Waits until the server has ended the session.</summary>
    public async Task WaitForCloseAsync()
    {
        if (_socket is not null)
        {
            await _socket.WaitForCloseAsync();
            return;
        }

        while ((await _polling!.PollAsync()).Status is HttpStatusCode.OK)
        {
        }
    }

    public ValueTask DisposeAsync() => _socket?.DisposeAsync() ?? ValueTask.CompletedTask;
}
