using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Sockeye.Bench.Protocols;

namespace Sockeye.Bench.Load;

/// <summary>A peer over a WebSocket (RFC 6455), with what the load needs of it: masked frames out, frames and compressed messages (RFC 7692) in.</summary>
internal sealed class WebSocketPeer : Peer, IByteReader
{
    private const uint Mask = 0x6B8F42D9;
    private static readonly byte[] DeflateTail = [0, 0, 0xFF, 0xFF];

    private readonly TcpConnection _connection;
    private readonly List<byte> _fragments = [];
    private bool _isUpgraded;
    private bool _isBinary;
    private bool _isCompressed;

    public WebSocketPeer(EventLoop loop, Dialect dialect, ITraffic traffic, int index, Target target, int receiveBuffer = 0)
        : base(loop, dialect, traffic, index)
    {
        _connection = new TcpConnection(loop, this, target.Port, Target.SourceOf(index), receiveBuffer);
        var request = Encoding.ASCII.GetBytes(
            $"GET {dialect.WebSocketPath} HTTP/1.1\r\nHost: 127.0.0.1:{target.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
            (target.IsCompressed ? "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n" : "") + "\r\n");
        request.CopyTo(_connection.GetOutput(request.Length));
        _connection.Advance(request.Length);
    }

    public long CompressedMessages { get; private set; }

    public override void Send(ReadOnlySpan<byte> message, bool isBinary)
    {
        var header = message.Length < 126 ? 6 : message.Length <= ushort.MaxValue ? 8 : 14;
        var frame = _connection.GetOutput(header + message.Length);
        frame[0] = (byte)(0x80 | (isBinary ? 2 : 1));
        if (header == 6)
        {
            frame[1] = (byte)(0x80 | message.Length);
        }
        else if (header == 8)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)message.Length);
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteUInt64BigEndian(frame[2..], (ulong)message.Length);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(frame[(header - 4)..], Mask);
        Apply(message, frame[header..]);
        _connection.Advance(header + message.Length);
    }

    public override void Pause() => _connection.Pause();

    public override void Resume() => _connection.Resume();

    public override void Dispose() => _connection.Dispose();

    public void OnEnd() => Traffic.OnEnd(this);

    public int Read(ReadOnlySpan<byte> bytes)
    {
        var consumed = 0;
        if (!_isUpgraded)
        {
            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return 0;
            }

            if (!bytes.StartsWith("HTTP/1.1 101"u8))
            {
                throw new BenchException($"No WebSocket: {Encoding.ASCII.GetString(bytes[..end])}");
            }

            _isUpgraded = true;
            consumed = end + 4;
            Dialect.OnOpen(this);
        }

        while (_connection.IsOpen && TryReadFrame(bytes[consumed..], out var length))
        {
            consumed += length;
        }

        return _connection.IsOpen ? consumed : bytes.Length;
    }

    private static void Apply(ReadOnlySpan<byte> from, Span<byte> to)
    {
        const ulong Wide = ((ulong)Mask << 32) | Mask;
        var words = MemoryMarshal.Cast<byte, ulong>(from);
        var target = MemoryMarshal.Cast<byte, ulong>(to);
        var i = 0;
        for (; i <= words.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
        {
            (new Vector<ulong>(words[i..]) ^ new Vector<ulong>(Wide)).CopyTo(target[i..]);
        }

        for (; i < words.Length; i++)
        {
            target[i] = words[i] ^ Wide;
        }

        for (i *= 8; i < from.Length; i++)
        {
            to[i] = (byte)(from[i] ^ (Mask >> (8 * (i & 3))));
        }
    }

    private bool TryReadFrame(ReadOnlySpan<byte> bytes, out int frameLength)
    {
        frameLength = 0;
        if (bytes.Length < 2)
        {
            return false;
        }

        var (first, length, header) = (bytes[0], (long)bytes[1], 2);
        if (length == 126)
        {
            if (bytes.Length < 4)
            {
                return false;
            }

            (length, header) = (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), 4);
        }
        else if (length == 127)
        {
            if (bytes.Length < 10)
            {
                return false;
            }

            (length, header) = (BinaryPrimitives.ReadInt64BigEndian(bytes[2..]), 10);
        }

        if (bytes.Length < header + length)
        {
            return false;
        }

        frameLength = header + (int)length;
        OnFrame(first, bytes[header..frameLength]);
        return true;
    }

    private void OnFrame(byte first, ReadOnlySpan<byte> payload)
    {
        Loop.Progress++;
        var (isFinal, opcode) = ((first & 0x80) != 0, first & 0x0F);
        switch (opcode)
        {
            case 1 or 2 when isFinal && (first & 0x40) == 0:
                Dialect.OnMessage(this, payload, opcode == 2);
                break;
            case 0 or 1 or 2:
                if (opcode != 0)
                {
                    (_isBinary, _isCompressed) = (opcode == 2, (first & 0x40) != 0);
                    _fragments.Clear();
                }

                _fragments.AddRange(payload);
                if (isFinal)
                {
                    OnAssembled();
                }

                break;
            case 8:
                _connection.Dispose();
                OnEnd();
                break;
            case 9:
                throw new BenchException("A ping frame: none of the protocols here sends any.");
            case 10:
                break;
            default:
                throw new BenchException($"A frame with opcode {opcode}.");
        }
    }

    private void OnAssembled()
    {
        if (_isCompressed)
        {
            CompressedMessages++;
            _fragments.AddRange(DeflateTail);
            using var inflater = new DeflateStream(new MemoryStream(_fragments.ToArray()), CompressionMode.Decompress);
            using var message = new MemoryStream();
            var buffer = new byte[16 * 1024];

            // A message need not end with a final block, so it is at its end when nothing more comes of it.
            for (int count; (count = inflater.Read(buffer)) > 0;)
            {
                message.Write(buffer, 0, count);
            }

            Dialect.OnMessage(this, message.ToArray(), _isBinary);
        }
        else
        {
            Dialect.OnMessage(this, CollectionsMarshal.AsSpan(_fragments), _isBinary);
        }

        _fragments.Clear();
    }
}

/// <summary>Where the server is, and how it is to be spoken to.</summary>
internal sealed record Target(int Port, bool IsCompressed = false)
{
    private const int ClientsPerSource = 20_000;

    public static int SourceOf(int index) => index / ClientsPerSource;
}
