using System.CommandLine;
using Sockeye.Cli.Learn;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye learn</summary>
internal static class LearnCommand
{
    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port", "-p") { Description = "The port to listen on; 0 takes a free one.", DefaultValueFactory = _ => 5080, HelpName = "port" };
        var noBrowser = new Option<bool>("--no-browser") { Description = "Only print the address." };
        var command = new Command("learn", "Shows what a WebSocket is, on your own connection: a chat beside its wire, in seven layers, in your browser.") { port, noBrowser };
        command.SetAction((parsed, cancellationToken) => LearnServer.RunAsync(terminal, parsed.GetValue(port), !parsed.GetValue(noBrowser), cancellationToken));
        command.AddExamples(("the page, in your browser", "sockeye learn"), ("on another port, without opening a browser", "sockeye learn --port 8080 --no-browser"));
        return command;
    }
}
