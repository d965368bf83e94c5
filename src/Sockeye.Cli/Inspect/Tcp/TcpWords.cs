using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tcp;

/// <summary>A TCP connection as a whole, in words.</summary>
internal static class TcpWords
{
    public static IReadOnlyList<string> Of(TcpConnection connection) =>
        [HandshakeText(connection), $"→ {Amount(connection[WireDirection.ToServer])}   ← {Amount(connection[WireDirection.ToClient])}   {End(connection)}"];

    private static string HandshakeText(TcpConnection connection)
    {
        var (syn, synAck, ack) = connection.Handshake;
        return (syn, synAck, ack) switch
        {
            ({ } first, { } second, { } third) => $"TCP handshake {Report.Shown.Milliseconds(third - first)} ms: SYN, SYN-ACK after {Report.Shown.Milliseconds(second - first)} ms, ACK after {Report.Shown.Milliseconds(third - second)} ms",
            ({ } first, { } second, null) => $"TCP handshake: SYN, SYN-ACK after {Report.Shown.Milliseconds(second - first)} ms, no ACK",
            (not null, null, _) => "TCP handshake: SYN, no SYN-ACK",
            _ => "TCP handshake: not in the capture, which began later",
        };
    }

    private static string Amount(TcpSide side)
    {
        var text = $"{side.Packets:N0} packets, {side.Bytes:N0} bytes";
        text += side.Retransmissions > 0 ? $", {side.Retransmissions:N0} retransmitted" : "";
        text += side.OutOfOrder > 0 ? $", {side.OutOfOrder:N0} out of order" : "";
        return side.BytesLost > 0 ? $"{text}, {side.BytesLost:N0} bytes not captured" : text;
    }

    private static string End(TcpConnection connection) =>
        connection.WasReset ? "reset (RST)"
        : connection.IsOver ? "closed by both (FIN)"
        : connection[WireDirection.ToServer].HasFinished ? "closed by the client (FIN)"
        : connection[WireDirection.ToClient].HasFinished ? "closed by the server (FIN)"
        : "still open at the end of the capture";
}
