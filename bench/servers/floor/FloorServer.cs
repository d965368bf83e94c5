using System.Buffers.Binary;

namespace Sockeye.BenchServer.Floor;

/// <summary>
/// What cannot be undercut on this machine: one thread, recv(2), the least of parsing, send(2). It answers the load of the benchmark and nobody else: no limits, no heartbeat, no namespaces, no checks.
/// The answers to what came with one read leave in one write; a broadcast is one write for each receiver.
/// </summary>
internal sealed class FloorServer
{
    private static readonly byte[] Upgraded =
    [
        // The load's key never changes, so neither does the answer to it (RFC 6455 section 4.2.2).
        .. "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8,
        .. Frame("0{\"sid\":\"floor\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"u8),
    ];

    private static readonly byte[] Connected = Frame("40{\"sid\":\"floor\"}"u8);

    private readonly Dictionary<int, Client> _clients = [];
    private readonly List<Client> _joined = [];
    private readonly byte[] _scratch = new byte[64 * 1024];
    private byte[] _output = new byte[256 * 1024];
    private int _written;

    public static void Run(int port) => new FloorServer().Serve(port);

    private static byte[] Frame(ReadOnlySpan<byte> text)
    {
        var frame = new byte[text.Length + 4];
        return frame[..WriteFrame(frame, text, [], [])];
    }

    private static int WriteFrame(Span<byte> to, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        var length = first.Length + second.Length + third.Length;
        to[0] = 0x81;
        var header = length < 126 ? 2 : 4;
        if (header == 2)
        {
            to[1] = (byte)length;
        }
        else
        {
            to[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)length);
        }

        first.CopyTo(to[header..]);
        second.CopyTo(to[(header + first.Length)..]);
        third.CopyTo(to[(header + first.Length + second.Length)..]);
        return header + length;
    }

    private void Serve(int port)
    {
        var (listener, epoll) = (Native.Listen(port), Native.NewEpoll());
        Native.Watch(epoll, listener, edge: false);
        Span<int> ready = stackalloc int[256];
        while (true)
        {
            foreach (var socket in ready[..Native.Wait(epoll, ready)])
            {
                if (socket == listener)
                {
                    var accepted = Native.Accept(listener);
                    _clients[accepted] = new Client(accepted);
                    Native.Watch(epoll, accepted, edge: true);
                }
                else if (_clients.TryGetValue(socket, out var client))
                {
                    Serve(client);
                }
            }
        }
    }

    private void Serve(Client client)
    {
        if (client.Unsent.Length > 0)
        {
            var unsent = client.Unsent;
            client.Unsent = [];
            Send(client, unsent);
        }

        while (true)
        {
            client.Unread.CopyTo(_scratch, 0);
            var start = client.Unread.Length;
            var count = Native.Receive(client.Socket, _scratch.AsSpan(start));
            if (count <= 0)
            {
                if (count == 0)
                {
                    _clients.Remove(client.Socket);
                    _joined.Remove(client);
                    _ = Native.Close(client.Socket);
                }

                return;
            }

            var bytes = _scratch.AsSpan(0, start + count);
            _written = 0;
            var read = Read(client, bytes);
            client.Unread = read == bytes.Length ? [] : bytes[read..].ToArray();
            if (_written > 0)
            {
                Send(client, _output.AsSpan(0, _written));
            }

            if (count < _scratch.Length - start)
            {
                // Less than there was room for: the next byte comes with an event of its own.
                return;
            }
        }
    }

    /// <summary>Handles what is complete, and says how much that was.</summary>
    private int Read(Client client, Span<byte> bytes)
    {
        var position = 0;
        if (!client.IsUpgraded)
        {
            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return 0;
            }

            client.IsUpgraded = true;
            position = end + 4;
            Upgraded.CopyTo(_output, 0);
            _written = Upgraded.Length;
        }

        while (bytes.Length - position >= 6)
        {
            var frame = bytes[position..];
            var (length, header) = (frame[1] & 0x7F, 6);
            if (length == 126)
            {
                (length, header) = (BinaryPrimitives.ReadUInt16BigEndian(frame[2..]), 8);
            }

            if (frame.Length < header + length)
            {
                break;
            }

            var payload = frame.Slice(header, length);
            var mask = frame[(header - 4)..header];
            for (var i = 0; i < payload.Length; i++)
            {
                payload[i] ^= mask[i & 3];
            }

            Handle(client, payload);
            position += header + length;
        }

        return position;
    }

    // 40, 4212["echo","x"], 42["broadcast","x"]
    private void Handle(Client client, ReadOnlySpan<byte> packet)
    {
        if (packet is [(byte)'4', (byte)'0'])
        {
            _joined.Add(client);
            Connected.CopyTo(_output, _written);
            _written += Connected.Length;
        }
        else if (packet is [(byte)'4', (byte)'2', ..] && packet.IndexOf("[\""u8) is > 0 and var name)
        {
            var comma = name + packet[name..].IndexOf((byte)',');
            if (packet[(name + 2)..].StartsWith("echo"u8))
            {
                if (_output.Length - _written < packet.Length)
                {
                    Array.Resize(ref _output, 2 * _output.Length);
                }

                _written += WriteFrame(_output.AsSpan(_written), "43"u8, packet[2..(name + 1)], packet[(comma + 1)..]);
            }
            else
            {
                Broadcast(packet[(comma + 1)..]);
            }
        }
    }

    private void Broadcast(ReadOnlySpan<byte> rest)
    {
        Span<byte> frame = stackalloc byte[rest.Length + 32];
        frame = frame[..WriteFrame(frame, "42[\"message\","u8, rest, [])];
        foreach (var client in _joined)
        {
            Send(client, frame);
        }
    }

    private static void Send(Client client, ReadOnlySpan<byte> data)
    {
        var sent = client.Unsent.Length > 0 ? 0 : Math.Max(0, Native.Send(client.Socket, data));
        if (sent < data.Length)
        {
            client.Unsent = [.. client.Unsent, .. data[sent..]];
        }
    }

    private sealed class Client(int socket)
    {
        public int Socket { get; } = socket;

        public bool IsUpgraded { get; set; }

        public byte[] Unread { get; set; } = [];

        public byte[] Unsent { get; set; } = [];
    }
}
