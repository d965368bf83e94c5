using System.Net.Sockets;
using System.Text;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>Bytes as the test says them, for requests and frames that no HTTP or WebSocket library would send.</summary>
internal sealed class RawTcpClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly string _host;

    private RawTcpClient(Socket socket, string host)
    {
        _socket = socket;
        _host = host;
    }

    /// <summary>Connects.</summary>
    /// <param name="server">The server.</param>
    /// <param name="receiveBuffer">How many bytes the kernel takes for a client that does not read; its own choice may be tens of megabytes.</param>
    public static async Task<RawTcpClient> ConnectAsync(Uri server, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        await socket.ConnectAsync(server.Host, server.Port).Within(what: $"connect to {server}");
        return new RawTcpClient(socket, server.Authority);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _socket.SendAsync(bytes, TestContext.Current.CancellationToken).AsTask().Within(what: $"send {bytes.Length} bytes");

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a request without a body; the Host header comes by itself.</summary>
    public Task SendRequestAsync(string requestLine, params string[] headers) =>
        SendAsync(string.Join("\r\n", [$"{requestLine} HTTP/1.1", $"Host: {_host}", .. headers, "", ""]));

    /// <summary>Opens a WebSocket and reads the server's answer up to its end; what follows are frames.</summary>
    public async Task<string> UpgradeAsync(string target, params string[] headers)
    {
        await SendRequestAsync(
            $"GET {target}",
            ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", .. headers]);
        return await ReadHeadAsync();
    }

    /// <summary>Sends one frame, masked with the key 0 unless told otherwise.</summary>
    public Task SendFrameAsync(byte firstByte, ReadOnlySpan<byte> payload, bool masked = true)
    {
        var mask = (byte)(masked ? 0x80 : 0);
        var frame = new List<byte> { firstByte };
        switch (payload.Length)
        {
            case <= 125:
                frame.Add((byte)(mask | payload.Length));
                break;
            case <= ushort.MaxValue:
                frame.AddRange([(byte)(mask | 126), (byte)(payload.Length >> 8), (byte)payload.Length]);
                break;
            default:
                frame.AddRange([(byte)(mask | 127), 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length]);
                break;
        }

        if (masked)
        {
            frame.AddRange([0, 0, 0, 0]);
        }

        frame.AddRange(payload);
        return SendAsync(frame.ToArray());
    }

    /// <summary>Reads one unfragmented frame of the server.</summary>
    public async Task<(byte FirstByte, byte[] Payload)> ReadFrameAsync()
    {
        var header = await ReadExactlyAsync(2);
        var length = header[1] switch
        {
            126 => await ReadExactlyAsync(2) is var two ? (two[0] << 8) | two[1] : 0,
            127 => await ReadExactlyAsync(8) is var eight ? checked((int)System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(eight)) : 0,
            var small => small,
        };
        return (header[0], await ReadExactlyAsync(length));
    }

    /// <summary>Reads a status line and headers, with the empty line that ends them.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new List<byte>();
        while (!(head.Count >= 4 && head[^4..] is [(byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n']))
        {
            head.AddRange(await ReadExactlyAsync(1));
        }

        return Encoding.Latin1.GetString(head.ToArray());
    }

    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var received = await ReceiveAsync(bytes.AsMemory(read));
            read += received == 0 ? throw new EndOfStreamException($"The server ended the connection; {count - read} bytes were still expected.") : received;
        }

        return bytes;
    }

    /// <summary>Reads until the server ends the connection, in order or with a reset.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            while (await ReceiveAsync(buffer) is var received and > 0)
            {
                all.Write(buffer, 0, received);
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset)
        {
            // A reset is an end too.
        }

        return all.ToArray();
    }

    /// <summary>Ends this side in order; the other side may go on sending.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<int> ReceiveAsync(Memory<byte> buffer) => _socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().Within(what: "bytes from the server");
}
