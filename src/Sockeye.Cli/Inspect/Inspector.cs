using Sockeye.Cli.Connect;
using Sockeye.Cli.Inspect.Capture;
using Sockeye.Cli.Inspect.Own;
using Sockeye.Cli.Inspect.Report;
using Sockeye.Cli.Inspect.Tls;

namespace Sockeye.Cli.Inspect;

/// <summary>sockeye inspect: from packets to what is shown of them.</summary>
internal sealed class Inspector(Terminal terminal, InspectOptions options)
{
    private readonly Timeline _timeline = new(terminal, options.Timeline);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        InspectFiles.Check(options);
        var isLive = options.Interface is not null;
        var seen = options switch
        {
            { File: { } file } => ReadFile(file, cancellationToken),
            { Connect: { } target } => await new OwnInspection(terminal, options, target).RunAsync(cancellationToken).ConfigureAwait(false),
            _ => await Task.Run(() => Capture(cancellationToken), CancellationToken.None).ConfigureAwait(false),
        };
        return Show(seen, isLive);
    }

    private Inspection Open()
    {
        // The environment's file may not be there yet, or be meant for others; one that was asked for must be.
        var path = options.KeyLog ?? (Environment.GetEnvironmentVariable("SSLKEYLOGFILE") is { Length: > 0 } file && File.Exists(file) ? file : null);
        return new Inspection(path is null ? KeyLog.Empty : KeyLog.Open(path), options.Port, options.Limit);
    }

    private Sighting ReadFile(string path, CancellationToken cancellationToken)
    {
        var inspection = Open();
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
                Say($"Only the first {inspection.Packets:N0} packets are shown, which fill {options.Limit / 1024 / 1024:N0} MB of memory: narrow it with --port, or raise --limit.");
                break;
            }
        }

        inspection.Finish();
        return inspection.Seen(capture.Damage);
    }

    private Sighting Capture(CancellationToken cancellationToken)
    {
        var inspection = Open();
        using var capture = LiveCapture.Open(options.Interface!, options.Port is { } port ? $"tcp port {port}" : "tcp");
        using var writer = options.Write is { } target ? new CaptureWriter(target) : null;
        using var time = options.For is { } limit ? new CancellationTokenSource(limit) : new CancellationTokenSource();
        Say($"Capturing on {options.Interface}{(options.Port is { } shown ? $", port {shown}" : "")}. {(options.For is { } duration ? $"Ends after {duration.TotalSeconds:0.#} s, or with Ctrl-C." : "Ctrl-C ends it.")}");
        var seen = new Dictionary<SeenConnection, int>();
        while (!cancellationToken.IsCancellationRequested && !time.IsCancellationRequested && !inspection.IsFull)
        {
            if (capture.Next() is { } packet)
            {
                Take(packet);
            }
        }

        foreach (var packet in capture.Rest().TakeWhile(_ => !inspection.IsFull))
        {
            Take(packet);
        }

        inspection.Finish();
        if (capture.Dropped is > 0 and var dropped)
        {
            Say($"The kernel dropped {dropped:N0} packets: this machine is too busy to show them all.");
        }

        if (inspection.IsFull)
        {
            Say($"The capture ended after {inspection.Packets:N0} packets, which fill {options.Limit / 1024 / 1024:N0} MB of memory: raise --limit for more.");
        }

        return inspection.Seen();

        void Take(in CapturedPacket packet)
        {
            if (inspection.Add(packet) is { } connection)
            {
                writer?.Write(packet);
                WriteLatest(connection, seen);
            }
        }
    }

    private void WriteLatest(SeenConnection connection, Dictionary<SeenConnection, int> seen)
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

    private int Show(Sighting all, bool isLive)
    {
        var seen = all with { Connections = [.. all.Connections.Where(connection => options.Timeline.Connection is not { } number || connection.Number == number)] };
        if (options.Export is { } export)
        {
            HarExport.Write(export, seen.Connections);
            Say($"Written to {export}.");
        }

        if (options.Json)
        {
            JsonReport.Write(seen, terminal.Out.Profile.Out.Writer);
        }
        else if (options.Timeline.Event is { } id)
        {
            ShowEvent(seen.Connections, id);
        }
        else
        {
            ShowTimelines(seen, isLive);
        }

        if (seen.Damage is not null)
        {
            Say(seen.Damage);
        }

        return seen.Connections.Count > 0 && seen.Damage is null ? ExitCode.Success : ExitCode.Failure;
    }

    private void ShowTimelines(Sighting seen, bool isLive)
    {
        foreach (var connection in seen.Connections)
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

        terminal.WriteRaw(Summary.Of(seen));
    }

    private void ShowEvent(IReadOnlyList<SeenConnection> connections, int id)
    {
        if (connections.Count != 1)
        {
            throw options.Timeline.Connection is { } number
                ? new CommandException($"There is no connection {number}.", "Without --event all connections are listed, with their numbers.")
                : new CommandException($"There are {connections.Count} connections, and each may have a record {id}.", $"Say which: --event 1.{id}");
        }

        var record = connections[0].Wire.Records.FirstOrDefault(record => record.Id == id)
            ?? throw new CommandException($"Connection {connections[0].Number} has no record {id}.", $"Its last one is {connections[0].Number}.{connections[0].Wire.Records.Count}: the numbers are those at the start of each line of the timeline.");
        new Unfolding(terminal, options.Timeline).Write(connections[0], record);
    }

    // What a server says can be in it.
    private void Say(string text) => terminal.Error.Profile.Out.Writer.WriteLine(EventText.Safe(text));
}
