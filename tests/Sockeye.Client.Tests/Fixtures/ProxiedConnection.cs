using System.Net;
using System.Net.Sockets;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>One connection through a <see cref="ChaosProxy"/>.</summary>
internal sealed class ProxiedConnection : IDisposable
{
    private const int PieceSize = 16 * 1024;

    private readonly Socket _client;
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly ProxyRules _rules;
    private readonly CancellationTokenSource _ending = new();

    internal ProxiedConnection(Socket client, EndPoint target, ProxyRules rules)
    {
        _client = client;
        _client.NoDelay = true;
        _rules = rules;
        Ended = RunAsync(target);
    }

    /// <summary>The request of long-polling that has gone up and is not answered yet: "GET", "POST" or null.</summary>
    public string? Asked { get; private set; }

    /// <summary>Completes when both sides are closed.</summary>
    public Task Ended { get; }

    /// <summary>Ends this connection now.</summary>
    public void End(bool reset)
    {
        lock (_ending)
        {
            Close(_client, reset);
            Close(_server, reset);
        }
    }

    public void Dispose() => End(reset: true);

    private async Task RunAsync(EndPoint target)
    {
        // Off the accepting loop, which must not wait for the server.
        await Task.Yield();
        try
        {
            await _server.ConnectAsync(target, _ending.Token);
            await Task.WhenAll(PumpAsync(_client, _server, ProxyDirection.Up), PumpAsync(_server, _client, ProxyDirection.Down));
            End(reset: false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // What ends one side hard ends the other likewise.
            End(reset: true);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, ProxyDirection way)
    {
        try
        {
            var buffer = new byte[PieceSize];
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, _ending.Token);
                if (_rules.Delay > TimeSpan.Zero)
                {
                    await Task.Delay(_rules.Delay, _ending.Token);
                }

                await _rules.PassableAsync(way).WaitAsync(_ending.Token);
                if ((_rules.Swallowed & way) != 0)
                {
                    if (count == 0)
                    {
                        // The end vanishes like the bytes: the other side waits on.
                        await Task.Delay(Timeout.Infinite, _ending.Token);
                    }

                    continue;
                }

                if (count == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                Note(way, buffer.AsSpan(0, count));
                if (_rules.OnPiece is { } look)
                {
                    await look(this, way, buffer.AsMemory(0, count));
                }

                await SendAsync(to, buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other direction must not outlive this one.
            End(reset: true);
        }
    }

    private void Note(ProxyDirection way, ReadOnlySpan<byte> piece)
    {
        if (way == ProxyDirection.Down)
        {
            Asked = null;
        }
        else if (piece.IndexOf("transport=polling"u8) >= 0)
        {
            Asked = piece.StartsWith("GET "u8) ? "GET" : "POST";
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> piece)
    {
        if (_rules.BytesPerSecond is not (> 0 and var rate))
        {
            await to.SendAsync(piece, _ending.Token);
            return;
        }

        // A hundredth of a second's worth at a time.
        var step = Math.Max(rate / 100, 1);
        for (var at = 0; at < piece.Length; at += step)
        {
            await to.SendAsync(piece.Slice(at, Math.Min(step, piece.Length - at)), _ending.Token);
            await Task.Delay(TimeSpan.FromSeconds((double)step / rate), _ending.Token);
        }
    }

    private void Close(Socket socket, bool reset)
    {
        _ending.Cancel();
        try
        {
            if (reset)
            {
                // Linger zero makes the close a reset.
                socket.LingerState = new LingerOption(enable: true, 0);
            }
            else if (socket.Connected)
            {
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
            return;
        }

        socket.Dispose();
    }
}
