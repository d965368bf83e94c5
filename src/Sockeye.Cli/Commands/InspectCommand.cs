using System.CommandLine;
using Sockeye.Cli.Inspect;
using Sockeye.Wire;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye inspect FILE.pcap | --interface lo --port N | --connect URL</summary>
internal sealed class InspectCommand
{
    private readonly Argument<string?> _file = new("file") { Description = "A capture file (pcap, pcapng).", Arity = ArgumentArity.ZeroOrOne, HelpName = "FILE.pcap" };
    private readonly Option<string?> _interface = new("--interface", "-i") { Description = "Capture on this interface (lo, eth0, any). Needs privileges.", HelpName = "name" };
    private readonly Option<int?> _port = new("--port", "-p") { Description = "Only connections of this TCP port.", HelpName = "port" };
    private readonly Option<string?> _connect = new("--connect", "-c") { Description = "Connect to this server and show that connection.", HelpName = "url" };
    private readonly Option<string?> _keyLog = new("--keylog") { Description = "The secrets of TLS connections (SSLKEYLOGFILE; the environment's by default).", HelpName = "file" };
    private readonly Option<double?> _for = new("--for") { Description = "Seconds to capture, or to stay connected (3 with --connect).", HelpName = "seconds" };
    private readonly Option<bool> _expand = new("--expand", "-x") { Description = "Unfold each line down to its packets." };
    private readonly Option<string?> _event = new("--event", "-e") { Description = "Unfold one line of the timeline, by its number (2.41), down to its bytes at each layer.", HelpName = "number" };
    private readonly Option<string[]> _layer = new("--layer", "-l") { Description = "Show all of these layers: network, tcp, tls, http, websocket, engine.io, socket.io.", HelpName = "layers", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _connection = new("--connection") { Description = "Show one connection, by its number.", HelpName = "number" };
    private readonly Option<int> _bytes = new("--bytes") { Description = "How many bytes of each record --event dumps.", DefaultValueFactory = _ => 256, HelpName = "count" };
    private readonly Option<bool> _json = new("--json") { Description = "Write all that was seen as JSON." };
    private readonly Option<string?> _export = new("--export") { Description = "Write a HAR file, which browsers' developer tools import.", HelpName = "FILE.har" };
    private readonly Option<string?> _write = new("--write", "-w") { Description = "Save the packets to a pcap file.", HelpName = "FILE.pcap" };
    private readonly Option<int> _limit = new("--limit") { Description = "How many MB of memory what was seen may take, roughly.", DefaultValueFactory = _ => 256, HelpName = "MB" };
    private readonly TargetOptions _target = new();

    private InspectCommand()
    {
    }

    public static Command Create(Terminal terminal)
    {
        var options = new InspectCommand();
        var command = new Command("inspect", "What is on the wire? Shows recorded or live traffic as seven layers, from the packets to the events.")
        {
            options._file, options._interface, options._port, options._connect, options._keyLog, options._for, options._expand, options._event, options._layer, options._connection,
            options._bytes, options._json, options._export, options._write, options._limit,
        };
        foreach (var option in options._target.Options)
        {
            command.Options.Add(option);
        }

        command.AddExamples(
            ("A recorded file", "tcpdump -i any -w capture.pcap tcp port 3000; sockeye inspect capture.pcap"),
            ("One event, down to its bytes in the packets", "sockeye inspect capture.pcap --event 1.42"),
            ("TLS, with the keys that Node writes", "node --tls-keylog=keys.log client.js; sockeye inspect capture.pcap --keylog keys.log"),
            ("Live, and saved", "sudo sockeye inspect --interface lo --port 3000 --write capture.pcap"),
            ("The tool's own connection", "sockeye inspect --connect http://localhost:3000"));
        command.SetAction((parsed, cancellationToken) => new Inspector(terminal, options.Read(parsed)).RunAsync(cancellationToken));
        return command;
    }

    private InspectOptions Read(ParseResult parsed)
    {
        var (file, device, url) = (parsed.GetValue(_file), parsed.GetValue(_interface), parsed.GetValue(_connect));
        if (new[] { file, device, url }.Count(source => source is not null) != 1)
        {
            throw new CommandException("Say what to look at: a file, or --interface NAME, or --connect URL.", "For example: sockeye inspect capture.pcap, or sockeye inspect --interface lo --port 3000");
        }

        var (connection, record) = Event(parsed.GetValue(_event));
        return new()
        {
            File = file,
            Interface = device,
            Connect = url is null ? null : _target.Read(parsed, url),
            Port = parsed.GetValue(_port) is { } port ? Within(port, 1, 65535, "--port") : null,
            KeyLog = parsed.GetValue(_keyLog),
            For = parsed.GetValue(_for) is { } seconds ? TimeSpan.FromSeconds(seconds is > 0 and < 1e6 ? seconds : throw new CommandException("--for takes more than 0 seconds.")) : null,
            Json = parsed.GetValue(_json),
            Export = parsed.GetValue(_export),
            Write = parsed.GetValue(_write),
            Limit = Within(parsed.GetValue(_limit), 1, 16 * 1024, "--limit") * 1024L * 1024,
            Timeline = new()
            {
                Expand = parsed.GetValue(_expand),
                Layers = Layers(parsed.GetValue(_layer) ?? []),
                Connection = connection ?? parsed.GetValue(_connection),
                Event = record,
                Bytes = Within(parsed.GetValue(_bytes), 0, WireRecord.MaxBytes, "--bytes"),
            },
        };
    }

    private static int Within(int value, int least, int most, string option) =>
        value >= least && value <= most ? value : throw new CommandException($"{option} takes a number from {least} to {most}.");

    private static (int? Connection, int? Record) Event(string? text)
    {
        if (text is null)
        {
            return (null, null);
        }

        var parts = text.TrimStart('#').Split('.');
        return parts.Length <= 2 && parts.All(part => int.TryParse(part, out _))
            ? parts.Length == 2 ? (int.Parse(parts[0]), int.Parse(parts[1])) : (null, int.Parse(parts[0]))
            : throw new CommandException($"\"{text}\" is no number of an event.", "The numbers stand at the start of each line of the timeline: --event 1.42");
    }

    private static HashSet<WireLayer> Layers(string[] names)
    {
        HashSet<WireLayer> layers = [];
        foreach (var name in names.SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            var plain = name.Replace(".", "", StringComparison.Ordinal);
            var found = plain.ToUpperInvariant() is "IP" or "ETHERNET" or "FRAME" ? WireLayer.Network
                : Enum.GetValues<WireLayer>().FirstOrDefault(layer => string.Equals(layer.ToWireString().Replace(".", "", StringComparison.Ordinal), plain, StringComparison.OrdinalIgnoreCase));
            layers.Add(Enum.IsDefined(found) ? found : throw new CommandException($"\"{name}\" is no layer.", "The layers are network, tcp, tls, http, websocket, engine.io and socket.io."));
        }

        return layers;
    }
}
