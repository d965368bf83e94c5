using Sockeye.Cli.Inspect.Tcp;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>Draws connections as timelines.</summary>
internal sealed class Timeline(Terminal terminal, TimelineOptions options)
{
    private readonly LineWriter _lines = new(terminal);

    public void Write(TcpConnection connection)
    {
        WriteHead(connection);
        var index = new RecordIndex(connection.Wire.Records);
        foreach (var record in connection.Wire.Records)
        {
            if (IsShown(record, index))
            {
                WriteRow(connection, record, index);
            }
        }

        _lines.Write(("", null));
    }

    /// <summary>Writes the records that came last, of a capture that goes on.</summary>
    public void WriteLatest(TcpConnection connection, IReadOnlyList<WireRecord> records)
    {
        var index = new RecordIndex(records);
        foreach (var record in records)
        {
            if (IsShown(record, index))
            {
                WriteRow(connection, record, new RecordIndex(options.Expand ? connection.Wire.Records : []));
            }
        }
    }

    public void WriteHead(TcpConnection connection)
    {
        var (client, server) = (connection[WireDirection.ToServer], connection[WireDirection.ToClient]);
        _lines.Write(($"Connection {connection.Number}  ", Shown.Strong), ($"{connection.Client} → {connection.Server}", Shown.Strong), ($"   {connection.Start:yyyy-MM-dd HH:mm:ss.ffffff} UTC", Shown.Dim));
        _lines.Write(("  ", null), (HandshakeText(connection), null));
        _lines.Write(("  ", null), ($"→ {Amount(client)}   ← {Amount(server)}   {End(connection)}", null));
        if (connection.Wire.Sessions.Count > 0)
        {
            _lines.Write(("  ", null), ($"Engine.IO session{(connection.Wire.Sessions.Count > 1 ? "s" : "")} {string.Join(", ", connection.Wire.Sessions)}", null));
        }
    }

    private bool IsShown(WireRecord record, RecordIndex index) => options.Layers.Count > 0 ? options.Layers.Contains(record.Layer) : index.IsShown(record);

    private void WriteRow(TcpConnection connection, WireRecord record, RecordIndex index)
    {
        WriteLine(connection, record, "", Shown.Of(record.Layer));
        if (!options.Expand)
        {
            return;
        }

        foreach (var carrier in index.Beneath(record))
        {
            WriteLine(connection, carrier, "└ ", Shown.Dim);
        }
    }

    private void WriteLine(TcpConnection connection, WireRecord record, string fold, Spectre.Console.Style style)
    {
        _lines.Write(
            ($"{connection.Number}.{record.Id,-6}", Shown.Dim),
            ($"{Shown.Milliseconds(record.Time - connection.Start),12} ms ", Shown.Dim),
            ($"{Shown.Arrow(record.Direction)} ", null),
            ($"{fold}{record.Layer.ToDisplayName()}".PadRight(11), style),
            (record.Kind, record.Error is null ? Shown.Strong : Shown.Bad),
            (record.Summary.Length > 0 ? $"  {record.Summary}" : "", fold.Length > 0 ? Shown.Dim : Shown.Plain));
        if (record.Error is { } error)
        {
            _lines.Write(($"{"",24}✗ {record.Layer.ToDisplayName()}: {error}", Shown.Bad));
        }
    }

    private static string HandshakeText(TcpConnection connection)
    {
        var (syn, synAck, ack) = connection.Handshake;
        return (syn, synAck, ack) switch
        {
            ({ } first, { } second, { } third) => $"TCP handshake {Shown.Milliseconds(third - first)} ms: SYN, SYN-ACK after {Shown.Milliseconds(second - first)} ms, ACK after {Shown.Milliseconds(third - second)} ms",
            ({ } first, { } second, null) => $"TCP handshake: SYN, SYN-ACK after {Shown.Milliseconds(second - first)} ms, no ACK",
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
