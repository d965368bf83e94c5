using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Own;

/// <summary>A connection of the tool's own, seen from its streams: HTTP and what is above it, with what the framework and the kernel say about TLS and TCP.</summary>
internal sealed class TappedConnection : SeenConnection
{
    private readonly Socket _socket;
    private readonly WireDecoder _decoder;
    private readonly bool[] _hasEnded = new bool[2];
    private readonly DateTimeOffset _resolved;
    private readonly string _host;
    private TimeSpan? _connectTime;

    public TappedConnection(int number, Socket socket, IPEndPoint server, DateTimeOffset begin, DateTimeOffset resolved, string host, WireSessions sessions)
        : base(number, (IPEndPoint)socket.LocalEndPoint!, server)
    {
        _socket = socket;
        _resolved = resolved;
        _host = host;
        _decoder = new WireDecoder(Wire, sessions);
        Start = Latest = begin;
    }

    public override TimeSpan? ConnectTime => _connectTime;

    public override IReadOnlyList<string> Describe() =>
    [
        _connectTime is { } time ? $"TCP handshake {Report.Shown.Milliseconds(time)} ms, as connect() took it" : "TCP handshake: not done",
        "Not seen without the right to capture: packets, segments, TLS records (sudo, or setcap cap_net_raw,cap_net_admin=eip)",
    ];

    public void Connected()
    {
        var now = DateTimeOffset.UtcNow;
        _connectTime = now - _resolved;
        Wire.Add(
            WireLayer.Network, WireDirection.ToServer, _resolved, "resolved", $"{_host} is {Server.Address}, after {Report.Shown.Milliseconds(_resolved - Start)} ms",
            fields: [new("from", Client.Address.ToString()), new("to", Server.Address.ToString())]);
        Wire.Add(WireLayer.Tcp, WireDirection.ToServer, now, "connected", $"SYN, SYN-ACK and ACK took {Report.Shown.Milliseconds(now - _resolved)} ms{RoundTrip()}", fields: KernelFields());
    }

    public void NotConnected(Exception error)
    {
        Latest = DateTimeOffset.UtcNow;
        var why = error is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "Connection refused: nothing listens on this port, or a firewall rejects it."
            : error is OperationCanceledException ? "No answer to the SYN in time: a firewall drops it, or no host has this address."
            : error.Message;
        Wire.Add(WireLayer.Tcp, WireDirection.ToServer, Latest, "not connected", $"after {Report.Shown.Milliseconds(Latest - Start)} ms", error: why);
    }

    public void Secured(SslStream tls)
    {
        List<WireField> fields = [new("version", tls.SslProtocol.ToString()), new("cipher suite", tls.NegotiatedCipherSuite.ToString())];
        if (tls.RemoteCertificate is { } certificate)
        {
            fields.Add(new("certificate", $"{certificate.Subject}, issued by {certificate.Issuer}, {certificate.GetEffectiveDateString()} to {certificate.GetExpirationDateString()}"));
        }

        if (tls.NegotiatedApplicationProtocol.Protocol.Length > 0)
        {
            fields.Add(new("ALPN", tls.NegotiatedApplicationProtocol.ToString()));
        }

        Wire.Add(WireLayer.Tls, WireDirection.ToClient, DateTimeOffset.UtcNow, "agreed", $"{tls.SslProtocol}, {tls.NegotiatedCipherSuite}", fields: fields);
    }

    public void Receive(WireDirection direction, ReadOnlySpan<byte> data)
    {
        Latest = DateTimeOffset.UtcNow;
        _decoder.Receive(direction, Latest, data, 0);
    }

    public void End(WireDirection direction, DateTimeOffset time)
    {
        if (!_hasEnded[(int)direction])
        {
            _hasEnded[(int)direction] = true;
            _decoder.End(direction, time);
        }
    }

    /// <summary>The stream is about to be closed: the kernel still knows about it.</summary>
    public void Closing()
    {
        Latest = DateTimeOffset.UtcNow;
        if (KernelFields() is { Count: > 0 } fields)
        {
            Wire.Add(WireLayer.Tcp, WireDirection.ToServer, Latest, "TCP_INFO", string.Join(", ", fields.Select(field => $"{field.Name} {field.Value}")), fields: fields);
        }
    }

    private string RoundTrip() => TcpInfo.TryRead(_socket) is { } info ? string.Create(CultureInfo.InvariantCulture, $"; round trip {info.RoundTripTime.TotalMilliseconds:0.000} ms, MSS {info.SendMss:N0}") : "";

    private List<WireField> KernelFields() => TcpInfo.TryRead(_socket) is not { } info ? [] :
    [
        new("round trip", string.Create(CultureInfo.InvariantCulture, $"{info.RoundTripTime.TotalMilliseconds:0.000} ms ± {info.RoundTripTimeVariation.TotalMilliseconds:0.000}"), "RFC 6298 §2"),
        new("retransmissions", info.Retransmissions.ToString(CultureInfo.InvariantCulture), "RFC 6298 §5"),
        new("segments sent", info.SegmentsSent.ToString(CultureInfo.InvariantCulture)),
        new("segments received", info.SegmentsReceived.ToString(CultureInfo.InvariantCulture)),
        new("MSS", info.SendMss.ToString(CultureInfo.InvariantCulture), "RFC 9293 §3.7.1"),
        new("congestion window", string.Create(CultureInfo.InvariantCulture, $"{info.CongestionWindow} segments"), "RFC 5681 §2"),
    ];
}
