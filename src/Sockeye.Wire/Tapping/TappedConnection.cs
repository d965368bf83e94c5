using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Sockeye.Wire.Decoding;

namespace Sockeye.Wire.Tapping;

/// <summary>A live connection of the server, and what was seen of it. What it sees, it sees under the tap's lock.</summary>
internal sealed class TappedConnection
{
    private readonly WireTap _tap;
    private readonly ConnectionContext _context;
    private readonly WireDecoder _decoder;
    private readonly Socket? _socket;
    private readonly bool[] _hasEnded = new bool[2];
    private long _delay;

    public TappedConnection(WireTap tap, ConnectionContext context, WireSessions sessions, WireTapOptions options)
    {
        (_tap, _context) = (tap, context);
        _socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        Wire = new(Name(context.RemoteEndPoint), Name(context.LocalEndPoint)) { MaxRecords = options.MaxRecords, MaxRecordBytes = options.MaxRecordBytes };
        _decoder = new(Wire, sessions);
    }

    public string Id => _context.ConnectionId;

    public WireConnection Wire { get; }

    /// <summary>Whether nothing is noted any more.</summary>
    public bool IsMuted { get; private set; }

    /// <summary>How long every read and every write waits.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _delay));
        set => Interlocked.Exchange(ref _delay, value.Ticks);
    }

    public bool IsSlow => Interlocked.Read(ref _delay) > 0;

    /// <summary>What the kernel says of the connection now; null where it says nothing.</summary>
    public TcpInfo? ReadTcpInfo() => _socket is null ? null : TcpInfo.TryRead(_socket);

    public ValueTask DelayAsync(CancellationToken cancellationToken) => IsSlow ? new(Task.Delay(Delay, cancellationToken)) : default;

    /// <summary>Ends the connection as a network that breaks would: nobody says goodbye.</summary>
    public void Cut()
    {
        lock (_tap.Gate)
        {
            Wire.Add(WireLayer.Tcp, WireDirection.ToClient, _tap.Now, "abort", "cut on purpose, without a goodbye", error: "The connection was cut. The client finds out at once here; a dead network would take until the heartbeat is missed.");
        }

        _context.Abort(new ConnectionAbortedException("Cut on purpose."));
    }

    /// <summary>From now on nothing is noted: the connection carries the notes themselves.</summary>
    public void Mute()
    {
        lock (_tap.Gate)
        {
            IsMuted = true;
        }
    }

    /// <summary>Notes what lies beneath the first byte.</summary>
    public void Begin()
    {
        lock (_tap.Gate)
        {
            var ip = (_context.RemoteEndPoint as IPEndPoint)?.Address;
            Wire.Add(
                WireLayer.Network, WireDirection.ToServer, _tap.Now, "addresses", $"{Wire.Client} → {Wire.Server}",
                fields:
                [
                    new("protocol", ip is null ? "none: no network between them" : ip.AddressFamily == AddressFamily.InterNetworkV6 && !ip.IsIPv4MappedToIPv6 ? "IPv6" : "IPv4", "RFC 791, RFC 8200"),
                    new("route", ip is null ? "none" : IPAddress.IsLoopback(ip) ? "loopback: the packets never leave this machine" : "a network", "RFC 1122 §3.2.1.3"),
                    new("not visible", "The packets themselves: only a program that may capture sees them (sockeye inspect).", null),
                ]);
            if (ReadTcpInfo() is { } tcp)
            {
                Wire.Add(
                    WireLayer.Tcp, WireDirection.ToServer, _tap.Now, "handshake", string.Create(CultureInfo.InvariantCulture, $"SYN, SYN-ACK, ACK: round trip {tcp.RoundTripTime.TotalMilliseconds:0.###} ms"),
                    fields: TcpWords.Of(tcp));
            }

            if (_context.Features.Get<ITlsHandshakeFeature>() is { } tls)
            {
                Wire.Add(
                    WireLayer.Tls, WireDirection.ToServer, _tap.Now, "handshake", $"{tls.Protocol}, {tls.NegotiatedCipherSuite}",
                    fields: [new("version", tls.Protocol.ToString(), "RFC 8446 §4"), new("cipher suite", tls.NegotiatedCipherSuite?.ToString() ?? "", "RFC 8446 §B.4"), new("server name (SNI)", tls.HostName, "RFC 6066 §3")]);
            }
        }
    }

    public void See(WireDirection direction, in ReadOnlySequence<byte> bytes)
    {
        lock (_tap.Gate)
        {
            if (IsMuted)
            {
                return;
            }

            foreach (var piece in bytes)
            {
                var record = Wire.Add(
                    WireLayer.Tcp, direction, _tap.Now, direction == WireDirection.ToServer ? "read" : "write", WireText.Bytes(piece.Length), piece.Span,
                    [new("bytes", WireText.Bytes(piece.Length), "RFC 9293 §3.8"), new("not visible", "The segments: the kernel puts them together before a program sees bytes.", null)]);
                _decoder.Receive(direction, _tap.Now, piece.Span, record.Id);
            }
        }
    }

    public void End(WireDirection direction)
    {
        lock (_tap.Gate)
        {
            if (IsMuted || _hasEnded[(int)direction])
            {
                return;
            }

            _hasEnded[(int)direction] = true;
            _decoder.End(direction, _tap.Now);
            Wire.Add(WireLayer.Tcp, direction, _tap.Now, "FIN", direction == WireDirection.ToServer ? "the client sends no more" : "the server sends no more", fields: [new("FIN", "1", "RFC 9293 §3.6")]);
        }
    }

    private static string Name(EndPoint? point) =>
        point is IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port).ToString() : point?.ToString() ?? "in this process";
}
