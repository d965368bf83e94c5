using System.Net;
using System.Text;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Attacks;

/// <summary>What attackers have in common: they open connections and look how those end.</summary>
internal static class Attacker
{
    public const string WebSocketTarget = "/socket.io/?EIO=4&transport=websocket";

    /// <summary>A WebSocket on which any bytes can be sent. The open packet has been read.</summary>
    public static async Task<RawTcpClient> UpgradedTcpAsync(this KestrelServer server)
    {
        var tcp = await server.TcpAsync();
        Assert.StartsWith("HTTP/1.1 101", await tcp.UpgradeAsync(WebSocketTarget));
        Assert.StartsWith("0{", Encoding.UTF8.GetString((await tcp.ReadFrameAsync()).Payload));
        return tcp;
    }

    /// <summary>The next frame is a close frame with this status; then the server ends the connection.</summary>
    public static async Task ExpectCloseAsync(this RawTcpClient tcp, int status)
    {
        byte firstByte;
        byte[] payload;
        do
        {
            (firstByte, payload) = await tcp.ReadFrameAsync();
        }
        while (firstByte != 0x88);

        Assert.Equal([(byte)(status >> 8), (byte)status], payload);
        tcp.EndSending();
        await tcp.ReadToEndAsync();
    }

    /// <summary>A session by polling, joined to "/".</summary>
    public static async Task<RawPollingClient> JoinedPollingAsync(this KestrelServer server)
    {
        var polling = server.Polling();
        await polling.OpenAsync();
        await polling.SendPacketsAsync("40");
        Assert.StartsWith("40{", (await polling.ReceiveAsync(1))[0]);
        return polling;
    }

    /// <summary>A session by WebSocket, joined to "/".</summary>
    public static async Task<RawWebSocketClient> JoinedWebSocketAsync(this KestrelServer server)
    {
        var socket = await server.WebSocketAsync();
        await socket.ReceiveHandshakeAsync();
        await socket.SendTextAsync("40");
        Assert.StartsWith("40{", await socket.ReceiveTextAsync());
        return socket;
    }

    /// <summary>Sends a packet by WebSocket, and another session's by polling; both sessions end, as the official server ends them.</summary>
    public static async Task ExpectRefusalAsync(this KestrelServer server, params string[] packets)
    {
        await using (var socket = await server.JoinedWebSocketAsync())
        {
            foreach (var packet in packets)
            {
                await socket.SendTextAsync(packet);
            }

            await socket.WaitForCloseAsync();
        }

        var polling = await server.JoinedPollingAsync();
        await polling.SendPacketsAsync(packets);
        await polling.ExpectEndAsync("6\u001e1");
    }

    /// <summary>The next poll has this answer, and then the session is unknown.</summary>
    public static async Task ExpectEndAsync(this RawPollingClient polling, string? last = null)
    {
        if (last is not null)
        {
            Assert.Equal(last, (await polling.PollAsync()).Body);
        }

        await polling.ExpectUnknownAsync();
    }

    public static async Task ExpectUnknownAsync(this RawPollingClient polling)
    {
        var response = await polling.PollAsync();
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), (response.Status, response.Body));
    }
}
