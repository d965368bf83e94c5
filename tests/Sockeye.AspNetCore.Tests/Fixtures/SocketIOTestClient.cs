using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>
/// One connection of a Socket.IO client over any transport. It answers pings and puts attachments to their packets; it joins, sends and leaves only what the test
/// says. Packets are written and read as they are on the wire.
/// </summary>
internal sealed class SocketIOTestClient : IAsyncDisposable
{
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Inbox<SocketIOTestPacket> _inbox = new();
    private readonly RawPollingClient? _polling;
    private readonly RawWebSocketClient? _webSocket;
    private readonly MessagePackTranslation? _messagePack;
    private readonly Task _pump;
    private SocketIOTestPacket? _incomplete;
    private volatile bool _disposed;

    private SocketIOTestClient(KestrelServer server, string sid, RawPollingClient? polling, RawWebSocketClient? webSocket)
    {
        Sid = sid;
        _messagePack = server.Services.GetService<SocketIOServer>()?.Format.Format is MessagePackPacketFormat ? new() : null;
        _polling = polling;
        _webSocket = webSocket;
        _pump = PumpAsync();
    }

    /// <summary>The id of the Engine.IO session.</summary>
    public string Sid { get; }

    /// <summary>Whether pings are answered; default true.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Completes when the server has ended the connection.</summary>
    public Task Closed => _pump.Within(what: "the server to end the connection");

    /// <summary>Opens a connection, without joining a namespace.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="via">The transport.</param>
    /// <param name="query">More of the query, encoded: <c>a=b</c>.</param>
    public static async Task<SocketIOTestClient> OpenAsync(KestrelServer server, Via via = Via.WebSocket, string query = "")
    {
        query = query.Length == 0 ? "" : "&" + query;
        if (via is Via.WebSocket or Via.MessagePack)
        {
            var socket = await server.WebSocketAsync(query: "EIO=4&transport=websocket" + query);
            return new(server, (await socket.ReceiveHandshakeAsync()).GetProperty("sid").GetString()!, null, socket);
        }

        var polling = server.Polling();
        await polling.OpenAsync("EIO=4&transport=polling" + query);
        if (via is Via.Polling)
        {
            return new(server, polling.Sid, polling, null);
        }

        var upgraded = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&sid={polling.Sid}");
        await upgraded.SendTextAsync("2probe");
        Assert.Equal("3probe", await upgraded.ReceiveTextAsync());
        await upgraded.SendTextAsync("5");
        return new(server, polling.Sid, null, upgraded);
    }

    /// <summary>Opens a connection and joins a namespace; the connection goes with the socket.</summary>
    public static async Task<SocketIOTestSocket> ConnectAsync(KestrelServer server, Via via = Via.WebSocket, string ns = "/", string auth = "", string query = "")
    {
        var client = await OpenAsync(server, via, query);
        try
        {
            return await client.JoinAsync(ns, auth);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Joins a namespace; a refusal fails the test.</summary>
    public async Task<SocketIOTestSocket> JoinAsync(string ns = "/", string auth = "")
    {
        await SendAsync("40" + Prefix(ns) + auth);
        var answer = await ReceiveAsync(packet => packet.Namespace == ns && packet.Type is '0' or '4');
        Assert.StartsWith("40" + Prefix(ns) + "{\"sid\":\"", answer.Text);
        return new SocketIOTestSocket(this, ns, answer.Data.GetProperty("sid").GetString()!);
    }

    /// <summary>Sends an Engine.IO text packet and the binary packets that belong behind it.</summary>
    public Task SendAsync(string text, params byte[][] attachments) => SendTogetherAsync([text, .. attachments]);

    /// <summary>Sends packets, strings and byte arrays, as close together as the transport can: one POST, or frame after frame.</summary>
    public async Task SendTogetherAsync(params object[] packets)
    {
        await _sending.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            packets = _messagePack?.Translate(packets) ?? packets;
            if (_polling is not null && packets.Length > 0)
            {
                var response = await _polling.PostAsync(string.Join('\u001e', packets.Select(packet => packet is byte[] data ? "b" + Convert.ToBase64String(data) : packet)));
                Assert.Equal((HttpStatusCode.OK, "ok"), (response.Status, response.Body));
                return;
            }

            foreach (var packet in packets)
            {
                await (packet is byte[] data ? _webSocket!.SendBinaryAsync(data) : _webSocket!.SendTextAsync((string)packet));
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next packet, pings left out, that matches; others stay.</summary>
    public Task<SocketIOTestPacket> ReceiveAsync(Func<SocketIOTestPacket, bool>? match = null) => _inbox.TakeAsync(match, "a packet");

    /// <summary>The next packets of all namespaces must be these, attachments as <c>bAQID</c>.</summary>
    public async Task ExpectAsync(params string[] wire)
    {
        for (var received = 0; received < wire.Length;)
        {
            string[] packet = [.. (await ReceiveAsync()).Wire];
            Assert.Equal(wire[received..Math.Min(received + packet.Length, wire.Length)], packet);
            received += packet.Length;
        }
    }

    /// <summary>Whether a packet has come that the test did not take.</summary>
    public bool HasPending => _inbox.HasPending;

    /// <summary>The packets that came and that the test did not take.</summary>
    public IReadOnlyList<SocketIOTestPacket> TakePending() => _inbox.TakePending();

    /// <summary>Ends the connection without a word: the TCP connection is cut. Not for polling, which has none of its own.</summary>
    public void Abort()
    {
        Assert.NotNull(_webSocket);
        _webSocket.Abort();
    }

    /// <summary>Closes the connection as the official client does.</summary>
    public async Task CloseAsync()
    {
        if (_webSocket is not null)
        {
            await _webSocket.CloseAsync();
        }
        else
        {
            await SendAsync("1");
        }

        await Closed;
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_webSocket is not null)
        {
            await _webSocket.DisposeAsync();
        }
        else if (!_pump.IsCompleted)
        {
            try
            {
                // Releases the waiting poll. The session may have ended in between.
                await _polling!.PostAsync("1");
            }
            catch (HttpRequestException)
            {
                // The server is gone.
            }
        }

        await _pump.Within(what: "the end of the client");
        _sending.Dispose();
    }

    internal static string Prefix(string ns) => ns == "/" ? "" : ns + ",";

    private async Task PumpAsync()
    {
        try
        {
            while (await ReadAsync() is { } packets)
            {
                foreach (var packet in packets)
                {
                    if (packet is "1")
                    {
                        return;
                    }

                    await TakeInAsync(packet);
                }
            }
        }
        catch (HttpRequestException)
        {
            // The server is gone.
        }
        catch (Exception) when (_disposed)
        {
            // Whatever broke off, the test no longer wants it.
        }
        finally
        {
            _inbox.End("the connection has ended");
        }
    }

    private async Task<IReadOnlyList<object>?> ReadAsync()
    {
        if (_polling is not null)
        {
            try
            {
                var response = await _polling.PollAsync();
                return response.Status is HttpStatusCode.OK ? response.Packets : null;
            }
            catch (HttpRequestException)
            {
                // The whole server is gone.
                return null;
            }
        }

        return await _webSocket!.ReceiveOrEndAsync() is { } message ? [message] : null;
    }

    private async Task TakeInAsync(object packet)
    {
        switch (packet)
        {
            case "2" when AnswersPings:
                await SendAsync("3");
                break;
            case "2" or "6":
                break;
            case byte[] data when _messagePack is not null:
                _inbox.Add(_messagePack.Translate(data));
                break;
            case string text when _messagePack is not null && text.StartsWith('b'):
                _inbox.Add(_messagePack.Translate(Convert.FromBase64String(text[1..])));
                break;
            case byte[] data:
                AddAttachment(data);
                break;
            case string text when text.StartsWith('b'):
                AddAttachment(Convert.FromBase64String(text[1..]));
                break;
            case string text:
                Assert.True(_incomplete is null, $"Attachments are missing before {text}");
                var header = new SocketIOTestPacket(text, []);
                if (text.Length > 1 && header.Announced > 0)
                {
                    _incomplete = header;
                }
                else
                {
                    _inbox.Add(header);
                }

                break;
        }
    }

    private void AddAttachment(byte[] data)
    {
        Assert.True(_incomplete is not null, "A binary packet that no header announced.");
        _incomplete = _incomplete with { Attachments = [.. _incomplete.Attachments, data] };
        if (_incomplete.Attachments.Count == _incomplete.Announced)
        {
            _inbox.Add(_incomplete);
            _incomplete = null;
        }
    }
}
