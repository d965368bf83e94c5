using System.Globalization;

namespace Sockeye.Wire.Tapping;

/// <summary>The kernel's figures as fields.</summary>
internal static class TcpWords
{
    public static List<WireField> Of(TcpInfo tcp) =>
    [
        new("round trip (SRTT)", Milliseconds(tcp.RoundTripTime), "RFC 6298 §2"),
        new("variation (RTTVAR)", Milliseconds(tcp.RoundTripTimeVariation), "RFC 6298 §2"),
        new("largest segment (MSS)", string.Create(CultureInfo.InvariantCulture, $"{tcp.SendMss} bytes"), "RFC 9293 §3.7.1"),
        new("options of the handshake", tcp.Options == 0 ? "none" : tcp.Options.ToString(), "RFC 7323, RFC 2018"),
        new("window scale", string.Create(CultureInfo.InvariantCulture, $"{tcp.SendWindowScale} there, {tcp.ReceiveWindowScale} here"), "RFC 7323 §2"),
        new("congestion window", string.Create(CultureInfo.InvariantCulture, $"{tcp.CongestionWindow} segments"), "RFC 5681 §2"),
        new("sent again", string.Create(CultureInfo.InvariantCulture, $"{tcp.Retransmissions} segments"), "RFC 9293 §3.8.1"),
        new("not visible", "The three segments one by one: the kernel answers them before the program is told of the connection. The round trip is measured by it.", null),
    ];

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.###} ms");
}
