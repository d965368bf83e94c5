using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>One record, unfolded layer by layer down to its bytes in the packets.</summary>
internal sealed class Unfolding(Terminal terminal, TimelineOptions options)
{
    private const int MaxPerLayer = 32;

    private readonly LineWriter _lines = new(terminal) { Wraps = true };

    public void Write(SeenConnection connection, WireRecord record)
    {
        var index = new RecordIndex(connection.Wire.Records);
        WriteLayer(connection, record.Layer, [record]);
        foreach (var layer in index.Beneath(record).GroupBy(carrier => carrier.Layer))
        {
            WriteLayer(connection, layer.Key, [.. layer]);
        }
    }

    private void WriteLayer(SeenConnection connection, WireLayer layer, IReadOnlyList<WireRecord> records)
    {
        _lines.Write(($"── {layer.ToDisplayName()} ", Shown.Of(layer)), ($"({Shown.Reference(layer)})", Shown.Dim));
        foreach (var record in records.Take(MaxPerLayer))
        {
            WriteRecord(connection, record);
        }

        if (records.Count > MaxPerLayer)
        {
            _lines.Write(($"   and {records.Count - MaxPerLayer:N0} more", Shown.Dim));
        }

        _lines.Write(("", null));
    }

    private void WriteRecord(SeenConnection connection, WireRecord record)
    {
        _lines.Write(
            ($"   {connection.Number}.{record.Id} {Shown.Milliseconds(record.Time - connection.Start)} ms {Shown.Arrow(record.Direction)} ", Shown.Dim),
            (record.Kind, Shown.Strong), ($"  {record.Summary}", null));
        if (record.Error is { } error)
        {
            _lines.Write(($"   ✗ {error}", Shown.Bad));
        }

        foreach (var field in record.Fields)
        {
            _lines.Write(($"     {field.Name}: ", Shown.Dim), (field.Value, null), (field.Reference is { } reference ? $"  ({reference})" : "", Shown.Dim));
        }

        var bytes = record.Bytes[..Math.Min(record.Bytes.Length, options.Bytes)];
        foreach (var line in HexDump.Lines(bytes))
        {
            _lines.Write(("     ", null), (line, Shown.Of(record.Layer)));
        }

        if (bytes.Length < record.Length)
        {
            _lines.Write(($"     … {record.Length - bytes.Length:N0} of {record.Length:N0} bytes more{(bytes.Length < record.Bytes.Length ? " (--bytes N shows more)" : "")}", Shown.Dim));
        }
    }
}
