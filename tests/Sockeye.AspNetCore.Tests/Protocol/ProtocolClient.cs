using System.Net;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>Engine.IO messages over either transport, so that one case proves both.</summary>
internal abstract class ProtocolClient : IAsyncDisposable
{
    public static async Task<ProtocolClient> OpenAsync(KestrelServer server, string transport)
    {
        if (transport == "websocket")
        {
            var socket = await server.WebSocketAsync();
            await socket.ReceiveHandshakeAsync();
            return new OverWebSocket(socket);
        }

        var polling = server.Polling();
        await polling.OpenAsync();
        return new OverPolling(polling);
    }

    /// <summary>Sends a packet whose attachments follow it.</summary>
    public abstract Task SendAsync(string packet, params byte[][] attachments);

    /// <summary>The next packet, a string or a byte array.</summary>
    public abstract Task<object> ReceiveAsync();

    /// <summary>Waits until the server has closed the session; packets on the way are passed over.</summary>
    public abstract Task WaitForCloseAsync();

    public async Task ExpectAsync(params object[] packets)
    {
        foreach (var packet in packets)
        {
            Assert.Equal(packet, await ReceiveAsync());
        }
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private sealed class OverWebSocket(RawWebSocketClient socket) : ProtocolClient
    {
        public override async Task SendAsync(string packet, params byte[][] attachments)
        {
            await socket.SendTextAsync(packet);
            foreach (var attachment in attachments)
            {
                await socket.SendBinaryAsync(attachment);
            }
        }

        public override Task<object> ReceiveAsync() => socket.ReceiveAsync();

        public override Task WaitForCloseAsync() => socket.WaitForCloseAsync();

        public override async ValueTask DisposeAsync()
        {
            await socket.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    private sealed class OverPolling(RawPollingClient polling) : ProtocolClient
    {
        private readonly Queue<string> _packets = new();

        public override Task SendAsync(string packet, params byte[][] attachments) =>
            polling.PostAsync(string.Join('\u001e', [packet, .. attachments.Select(attachment => $"b{Convert.ToBase64String(attachment)}")]));

        public override async Task<object> ReceiveAsync()
        {
            if (_packets.Count == 0)
            {
                var poll = await polling.PollAsync();
                Assert.Equal(HttpStatusCode.OK, poll.Status);
                Array.ForEach(poll.Packets, _packets.Enqueue);
            }

            var packet = _packets.Dequeue();
            return packet.StartsWith('b') ? Convert.FromBase64String(packet[1..]) : packet;
        }

        public override async Task WaitForCloseAsync()
        {
            // Either the close packet comes, or the session is gone already.
            while (!_packets.Contains("1") && await polling.PollAsync() is { Status: HttpStatusCode.OK } poll)
            {
                Array.ForEach(poll.Packets, _packets.Enqueue);
            }

            Assert.Equal(HttpStatusCode.BadRequest, (await polling.PollAsync()).Status);
        }
    }
}
