using System.CommandLine;
using Sockeye.Cli.Connect;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye connect URL</summary>
internal static class ConnectCommand
{
    public static Command Create(Terminal terminal)
    {
        var target = new TargetOptions();
        var transport = TransportOption();
        var messagePack = new Option<bool>("--msgpack") { Description = "The server uses socket.io-msgpack-parser." };
        var eio3 = Eio3Option();
        var json = new Option<bool>("--json") { Description = "Print a JSON object on a line for everything that happens." };
        var stay = new Option<bool>("--stay") { Description = "Stay connected when the input has ended, until Ctrl-C." };
        var execute = new Option<string[]>("--execute", "-e") { Description = "Carry out this command in place of reading the input, then end. May be given more than once.", HelpName = "command" };
        var record = new Option<string?>("--record") { Description = "Record what goes over the connection to a file.", HelpName = "file" };
        var command = new Command("connect", "A Socket.IO client to type with: events, acknowledgements, namespaces, binary data, recording.") { transport, messagePack, eio3, json, stay, execute, record };
        target.AddTo(command);
        command.AddExamples(
            ("Talk to a server", "sockeye connect http://localhost:3000"),
            ("Ask one thing and print the answer", "sockeye connect http://localhost:3000 -e 'ack echo {\"a\":1}'"),
            ("Listen to a namespace that wants a token, as JSON lines", "sockeye connect https://example.com/chat --auth '{\"token\":\"…\"}' --json --stay < /dev/null"),
            ("Play a recording again, twice as fast", "sockeye connect http://localhost:3000 -e 'replay session.jsonl --speed 2'"));
        command.SetAction((parsed, cancellationToken) => ConnectRun.RunAsync(
            target.Read(parsed),
            new ConnectSettings(parsed.GetRequiredValue(transport), parsed.GetValue(messagePack), parsed.GetValue(eio3), parsed.GetValue(json), parsed.GetValue(stay), parsed.GetValue(execute) ?? [], parsed.GetValue(record)),
            terminal,
            cancellationToken));
        return command;
    }

    public static Option<bool> Eio3Option() => new("--eio3") { Description = "The server is one of Socket.IO 2 (Engine.IO 3)." };

    /// <summary>Which transports to use, for all commands with our client.</summary>
    public static Option<string> TransportOption()
    {
        var option = new Option<string>("--transport") { Description = "both (polling, then WebSocket if the server can), websocket or polling.", DefaultValueFactory = _ => "both", HelpName = "name" };
        option.AcceptOnlyFromAmong("both", "websocket", "polling");
        return option;
    }
}
