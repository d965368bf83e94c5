using Sockeye.Cli.Inspect.Capture;
using Sockeye.Cli.Inspect.Report;
using Sockeye.Cli.Inspect.Tcp;
using Sockeye.Cli.Inspect.Tls;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect;

/// <summary>sockeye inspect: from packets to what is shown of them.</summary>
internal sealed class Inspector(Terminal terminal, InspectOptions options)
{
    private readonly Timeline _timeline = new(terminal, options.Timeline);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var keys = KeyLogFile() is { } path ? KeyLog.Open(path) : KeyLog.Empty;
        var inspection = new Inspection(keys, options.Port, options.Limit);
        if (options.File is { } file)
        {
            return Show(inspection, ReadFile(file, inspection, cancellationToken));
        }

        await Task.Run(() => Capture(inspection, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        return Show(inspection, null, isLive: true);
    }

    // The environment's file may not be there yet, or be meant for others; one that was asked for must be.
    private string? KeyLogFile() => options.KeyLog ?? (Environment.GetEnvironmentVariable("SSLKEYLOGFILE") is { Length: > 0 } path && File.Exists(path) ? path : null);

    private string? ReadFile(string path, Inspection inspection, CancellationToken cancellationToken)
    {
        using var capture = CaptureFile.Open(path);
        using var writer = options.Write is { } target ? new CaptureWriter(target) : null;
        foreach (var packet in capture.Packets())
        {
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            if (inspection.Add(packet) is not null)
            {
                writer?.Write(packet);
            }

            if (inspection.IsFull)
            {
                Say($"Only the first {options.Limit / 1024 / 1024:N0} MB of packets are shown: narrow it with --port, or raise --limit.");
                break;
            }
        }

        inspection.Finish();
        return capture.Damage;
    }

    private void Capture(Inspection inspection, CancellationToken cancellationToken)
    {
        using var capture = LiveCapture.Open(options.Interface!, options.Port is { } port ? $"tcp port {port}" : "tcp");
        using var writer = options.Write is { } target ? new CaptureWriter(target) : null;
        using var time = options.For is { } limit ? new CancellationTokenSource(limit) : new CancellationTokenSource();
        Say($"Capturing on {options.Interface}{(options.Port is { } shown ? $", port {shown}" : "")}. {(options.For is { } duration ? $"Ends after {duration.TotalSeconds:0.#} s, or with Ctrl-C." : "Ctrl-C ends it.")}");
        var seen = new Dictionary<TcpConnection, int>();
        while (!cancellationToken.IsCancellationRequested && !time.IsCancellationRequested && !inspection.IsFull)
        {
            if (capture.Next() is { } packet && inspection.Add(packet) is { } connection)
            {
                writer?.Write(packet);
                WriteLatest(connection, seen);
            }
        }

        inspection.Finish();
        if (capture.Dropped is > 0 and var dropped)
        {
            Say($"The kernel dropped {dropped:N0} packets: this machine is too busy to show them all.");
        }

        if (inspection.IsFull)
        {
            Say($"The capture ended after {options.Limit / 1024 / 1024:N0} MB of packets: raise --limit for more.");
        }
    }

    private void WriteLatest(TcpConnection connection, Dictionary<TcpConnection, int> seen)
    {
        if (options.Json)
        {
            return;
        }

        if (!seen.TryGetValue(connection, out var from))
        {
            terminal.WriteRaw($"Connection {connection.Number}  {connection.Client} → {connection.Server}");
        }

        var records = connection.Wire.Records;
        _timeline.WriteLatest(connection, [.. records.Skip(from)]);
        seen[connection] = records.Count;
    }

    private int Show(Inspection inspection, string? damage, bool isLive = false)
    {
        var connections = inspection.Connections.Where(connection => options.Timeline.Connection is not { } number || connection.Number == number).ToList();
        if (options.Export is { } export)
        {
            HarExport.Write(export, connections);
            Say($"Written to {export}.");
        }

        if (options.Json)
        {
            terminal.WriteRaw(JsonReport.Write(inspection, connections, damage));
        }
        else if (options.Timeline.Event is { } id)
        {
            ShowEvent(connections, id);
        }
        else
        {
            ShowTimelines(inspection, connections, isLive);
        }

        if (damage is not null)
        {
            Say(damage);
        }

        return connections.Count > 0 && damage is null ? ExitCode.Success : ExitCode.Failure;
    }

    private void ShowTimelines(Inspection inspection, List<TcpConnection> connections, bool isLive)
    {
        foreach (var connection in connections)
        {
            if (isLive)
            {
                _timeline.WriteHead(connection);
            }
            else
            {
                _timeline.Write(connection);
            }
        }

        terminal.WriteRaw(Summary.Of(inspection, connections));
    }

    private void ShowEvent(List<TcpConnection> connections, int id)
    {
        if (connections.Count != 1)
        {
            throw new CommandException($"There are {connections.Count} connections, and each has an event {id}.", $"Say which: --event {(connections.Count > 0 ? connections[0].Number : 1)}.{id}");
        }

        var record = connections[0].Wire.Records.FirstOrDefault(record => record.Id == id)
            ?? throw new CommandException($"Connection {connections[0].Number} has no record {id}.", $"Its last one is {connections[0].Number}.{connections[0].Wire.Records.Count}: the numbers are those at the start of each line of the timeline.");
        new Unfolding(terminal, options.Timeline).Write(connections[0], record);
    }

    private void Say(string text) => terminal.Error.Profile.Out.Writer.WriteLine(text);
}
