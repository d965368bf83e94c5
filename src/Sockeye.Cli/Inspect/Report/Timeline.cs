using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>Draws connections as timelines.</summary>
internal sealed class Timeline(Terminal terminal, TimelineOptions options)
{
    private readonly LineWriter _lines = new(terminal);

    public void Write(SeenConnection connection)
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
    public void WriteLatest(SeenConnection connection, IReadOnlyList<WireRecord> records)
    {
        var index = new RecordIndex(records);
        var whole = options.Expand ? new RecordIndex(connection.Wire.Records) : index;
        foreach (var record in records)
        {
            if (IsShown(record, index))
            {
                WriteRow(connection, record, whole);
            }
        }
    }

    public void WriteHead(SeenConnection connection)
    {
        _lines.Write(($"Connection {connection.Number}  ", Shown.Strong), ($"{connection.Client} → {connection.Server}", Shown.Strong), ($"   {connection.Start:yyyy-MM-dd HH:mm:ss.ffffff} UTC", Shown.Dim));
        foreach (var line in connection.Describe())
        {
            _lines.Write(("  ", null), (line, null));
        }

        if (connection.Wire.Sessions.Count > 0)
        {
            _lines.Write(("  ", null), ($"Engine.IO session{(connection.Wire.Sessions.Count > 1 ? "s" : "")} {string.Join(", ", connection.Wire.Sessions)}", null));
        }
    }

    private bool IsShown(WireRecord record, RecordIndex index) => options.Layers.Count > 0 ? options.Layers.Contains(record.Layer) : index.IsShown(record);

    private void WriteRow(SeenConnection connection, WireRecord record, RecordIndex index)
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

    private void WriteLine(SeenConnection connection, WireRecord record, string fold, Spectre.Console.Style style)
    {
        _lines.Write(
            ($"{connection.Number}.{record.Id,-6}", Shown.Dim),
            ($"{Shown.Milliseconds(record.Time - connection.Start),12} ms ", Shown.Dim),
            ($"{Shown.Arrow(record.Direction)} ", null),
            ($"{fold}{record.Layer.ToDisplayName()}".PadRight(12), style),
            (record.Kind, record.Error is null ? Shown.Strong : Shown.Bad),
            (record.Summary.Length > 0 ? $"  {record.Summary}" : "", fold.Length > 0 ? Shown.Dim : Shown.Plain));
        if (record.Error is { } error)
        {
            _lines.Write(($"{"",26}✗ {record.Layer.ToDisplayName()}: {error}", Shown.Bad));
        }
    }
}
