using System.CommandLine;
using System.Net;
using Sockeye.Cli.Load;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye load URL SCENARIO</summary>
internal static class LoadCommand
{
    private const int MaxMessages = 10_000_000;

    public static Command Create(Terminal terminal)
    {
        var target = new TargetOptions();
        var scenario = new Argument<string>("scenario")
        {
            Description = "connections: opens and holds them. echo: an event and its acknowledgement. broadcast: one to all. rooms: one to a room. jitter: clients are cut and come back while one publishes. avalanche: all are cut at once.",
        };
        scenario.AcceptOnlyFromAmong(LoadSettings.Scenarios);
        scenario.HelpName = "scenario";
        var clients = new Option<int>("--clients", "-c") { Description = "How many clients connect.", DefaultValueFactory = _ => 100, HelpName = "count" };
        var rate = new Option<double>("--rate", "-r") { Description = "Connections to open in a second.", DefaultValueFactory = _ => 100, HelpName = "per-second" };
        var duration = new Option<double>("--duration", "-d") { Description = "Seconds that the scenario runs once all are connected.", DefaultValueFactory = _ => 10, HelpName = "seconds" };
        var payload = new Option<int>("--payload") { Description = "Bytes of text in a message.", DefaultValueFactory = _ => 64, HelpName = "bytes" };
        var messages = new Option<double?>("--messages", "-m") { Description = "Messages to send in a second, over all clients. Default: one for each client (echo), else 10.", HelpName = "per-second" };
        var rooms = new Option<int>("--rooms") { Description = "How many rooms the clients are spread over (rooms).", DefaultValueFactory = _ => 10, HelpName = "count" };
        var cuts = new Option<double?>("--cuts") { Description = "Clients to cut in a second (jitter). Default: each once in the duration.", HelpName = "per-second" };
        var transport = ConnectCommand.TransportOption();
        var messagePack = new Option<bool>("--msgpack") { Description = "The server uses socket.io-msgpack-parser." };
        var eio3 = ConnectCommand.Eio3Option();
        var consent = new Option<bool>("--this-server-is-mine") { Description = "Needed for a server that is not on this machine: a load on a stranger's server is an attack." };
        var json = new Option<bool>("--json") { Description = "Print the report as a JSON object." };
        var quiet = new Option<bool>("--quiet") { Description = "Print nothing while it runs." };
        var command = new Command("load", "Loads a server with many clients and reports rates, times and losses.")
        {
            clients, rate, duration, payload, messages, rooms, cuts, transport, messagePack, eio3, consent, json, quiet,
        };
        target.AddTo(command);
        command.Arguments.Add(scenario);
        command.AddExamples(
            ("100 clients, each asks once a second, for 10 s", "sockeye load http://localhost:3000 echo"),
            ("1,000 clients that only connect, by WebSocket at once", "sockeye load http://localhost:3000 connections -c 1000 --transport websocket"),
            ("Are messages lost when clients lose their connection", "sockeye load http://localhost:3000 jitter -c 200 -d 30"),
            ("How long until all are back after a restart of the proxy, as JSON", "sockeye load http://localhost:3000 avalanche -c 500 --json --quiet"));
        command.SetAction((parsed, cancellationToken) =>
        {
            var server = target.Read(parsed);
            var name = parsed.GetRequiredValue(scenario);
            var count = parsed.GetValue(clients);
            var seconds = parsed.GetValue(duration);
            var settings = new LoadSettings
            {
                Target = server,
                Scenario = name,
                Clients = count,
                Rate = parsed.GetValue(rate),
                Duration = TimeSpan.FromSeconds(seconds is > 0 and <= 86_400 ? seconds : throw new CommandException("--duration is more than 0 and at most 86400 seconds.")),
                Payload = parsed.GetValue(payload),
                Messages = parsed.GetValue(messages) ?? (name == "echo" ? count : 10),
                Rooms = parsed.GetValue(rooms),
                Cuts = parsed.GetValue(cuts) ?? count / seconds,
                Transport = parsed.GetRequiredValue(transport),
                MessagePack = parsed.GetValue(messagePack),
                Eio3 = parsed.GetValue(eio3),
                Json = parsed.GetValue(json),
                Quiet = parsed.GetValue(quiet),
            };
            Check(settings);
            if (!parsed.GetValue(consent) && !IsLoopback(server.Url))
            {
                throw new CommandException(
                    $"{server.Url.Host} is not this machine. A load on a server of somebody else is an attack.",
                    "If the server is yours, or its owner agreed, say so with --this-server-is-mine.");
            }

            return LoadRun.RunAsync(settings, terminal, cancellationToken);
        });
        return command;
    }

    private static void Check(LoadSettings settings)
    {
        Require(settings.Clients is > 0 and <= 50_000, "--clients is 1 to 50000: one machine has no more ports for one server.");
        Require(settings.Rate is > 0 and <= 100_000, "--rate is more than 0 and at most 100000.");
        Require(settings.Payload is >= 0 and <= 1_000_000, "--payload is 0 to 1000000 bytes: a server takes no more by default (maxHttpBufferSize).");
        Require(settings.Messages is > 0 and <= 1_000_000, "--messages is more than 0 and at most 1000000.");
        Require(settings.Messages * settings.Duration.TotalSeconds <= MaxMessages, $"--messages times --duration is more than {MaxMessages} messages.");
        Require(settings.Rooms is > 0 and <= 50_000, "--rooms is 1 to 50000.");
        Require(settings.Cuts is > 0 and <= 100_000, "--cuts is more than 0 and at most 100000.");

        static void Require(bool isMet, string rule)
        {
            if (!isMet)
            {
                throw new CommandException(rule);
            }
        }
    }

    // RFC 6761, section 6.3: localhost and what is below it is always this machine.
    private static bool IsLoopback(Uri url) =>
        IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)
            ? IPAddress.IsLoopback(address)
            : url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || url.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
