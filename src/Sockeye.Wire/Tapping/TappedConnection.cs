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
    private readonly ITlsHandshakeFeature? _tls;
    private readonly bool[] _hasEnded = new bool[2];
    private long _delay;

    public TappedConnection(WireTap tap, ConnectionContext context, WireSessions sessions, WireTapOptions options)
    {
        (_tap, _context) = (tap, context);
        _socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        _tls = context.Features.Get<ITlsHandshakeFeature>();
        Wire = new(Name(context.RemoteEndPoint), Name(context.LocalEndPoint)) { MaxRecords = options.MaxRecords, MaxRecordBytes = options.MaxRecordBytes };
        Wire.Added += OnAdded;
        _decoder = new(Wire, sessions) { MaxMessageBytes = options.MaxMessageBytes };
    }

    public string Id => _context.ConnectionId;

    public WireConnection Wire { get; }

    /// <summary>Whether nothing is noted or shown any more: it carries the notes themselves, or is a proxy's, who may send by it what belongs to others.</summary>
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
        Note(() =>
        {
            (_hasEnded[0], _hasEnded[1]) = (true, true);
            Wire.Add(WireLayer.Tcp, WireDirection.ToClient, _tap.Now, "abort", "cut on purpose, without a goodbye", error: "The connection was cut. The client finds out at once here; a dead network would take until the heartbeat is missed.");
        });
        _context.Abort(new ConnectionAbortedException("Cut on purpose."));
    }

    public void Mute()
    {
        lock (_tap.Gate)
        {
            IsMuted = true;
        }
    }

    /// <summary>Notes what lies beneath the first byte.</summary>
    public void Begin() => Note(() =>
    {
        var ip = (_context.RemoteEndPoint as IPEndPoint)?.Address;
        Wire.Add(
            WireLayer.Network, WireDirection.ToServer, _tap.Now, "addresses", $"{Wire.Client} → {Wire.Server}",
            fields:
            [
                new("protocol", ip is null ? "none: no network between them" : ip.AddressFamily == AddressFamily.InterNetworkV6 && !ip.IsIPv4MappedToIPv6 ? "IPv6" : "IPv4", "RFC 791, RFC 8200"),
                new("route", ip is null ? "none" : IPAddress.IsLoopback(ip) ? "loopback: the packets never leave this machine" : "a network", "RFC 1122 §3.2.1.3"),
                new("not visible", "The packets themselves: only a program that may capture sees them (sockeye inspect)."),
            ]);
        if (ReadTcpInfo() is { } tcp)
        {
            Wire.Add(
                WireLayer.Tcp, WireDirection.ToServer, _tap.Now, "handshake", string.Create(CultureInfo.InvariantCulture, $"SYN, SYN-ACK, ACK: round trip {tcp.RoundTripTime.TotalMilliseconds:0.###} ms"),
                fields: TcpWords.Of(tcp));
        }

        if (_tls is not null)
        {
            Wire.Add(
                WireLayer.Tls, WireDirection.ToServer, _tap.Now, "handshake", $"{_tls.Protocol}, {_tls.NegotiatedCipherSuite}",
                fields: [new("version", _tls.Protocol.ToString(), "RFC 8446 §4"), new("cipher suite", _tls.NegotiatedCipherSuite?.ToString() ?? "", "RFC 8446 §B.4"), new("server name (SNI)", _tls.HostName, "RFC 6066 §3")]);
        }
    });

    public void See(WireDirection direction, ReadOnlySequence<byte> bytes) => Note(() =>
    {
        var whole = bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
        var kind = direction == WireDirection.ToServer ? "read" : "write";
        var record = _tls is null
            ? Wire.Add(
                WireLayer.Tcp, direction, _tap.Now, kind, WireText.Bytes(whole.Length), whole.Span,
                [new("bytes", WireText.Bytes(whole.Length), "RFC 9293 §3.8"), new("not visible", "The segments: the kernel puts them together before a program sees bytes.")])
            : Wire.Add(
                WireLayer.Tls, direction, _tap.Now, kind, $"{WireText.Bytes(whole.Length)}, decrypted", whole.Span,
                [new("bytes", WireText.Bytes(whole.Length), "RFC 8446 §5.2"), new("not visible", "The records and their encryption: they are taken off before this place.")]);
        _decoder.Receive(direction, _tap.Now, whole.Span, record.Id);
    });

    public void End(WireDirection direction) => Note(() =>
    {
        if (!_hasEnded[(int)direction])
        {
            _hasEnded[(int)direction] = true;
            _decoder.End(direction, _tap.Now);
            Wire.Add(WireLayer.Tcp, direction, _tap.Now, "end", direction == WireDirection.ToServer ? "nothing more comes from the client" : "nothing more comes from the server", fields: [new("by", "a segment with FIN, or with RST where it was broken off", "RFC 9293 §3.6")]);
        }
    });

    /// <summary>To look at a connection must never harm it.</summary>
    private void Note(Action note)
    {
        lock (_tap.Gate)
        {
            if (IsMuted)
            {
                return;
            }

            try
            {
                note();
            }
            catch (Exception e)
            {
                Wire.Add(WireLayer.Tcp, WireDirection.ToServer, _tap.Now, "fault", "this connection is not looked at any more", error: $"The decoder failed, which is a defect of it: {e.Message}");
                _tap.Failed(e);
                IsMuted = true;
            }

            _tap.Show(this);
        }
    }

    private void OnAdded(WireRecord record)
    {
        if (record is { Layer: WireLayer.Http, Direction: WireDirection.ToServer } && record.Fields.Any(static field => IsProxys(field.Name)))
        {
            IsMuted = true;
        }
        else
        {
            _tap.Add(this, record);
        }
    }

    private static bool IsProxys(string field) => field.ToLowerInvariant() is "via" or "forwarded" or "x-forwarded-for" or "x-real-ip";

    private static string Name(EndPoint? point) =>
        point is IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port).ToString() : point?.ToString() ?? "in this process";
}
