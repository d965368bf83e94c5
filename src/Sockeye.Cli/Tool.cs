using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Connect;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli;

/// <summary>The command line: which command, with which options.</summary>
internal static class Tool
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var parsed = Root(terminal).Parse(args);
        var invocation = new InvocationConfiguration
        {
            Output = terminal.Out.Profile.Out.Writer,
            Error = terminal.Error.Profile.Out.Writer,
            EnableDefaultExceptionHandler = false,

            // After Ctrl-C a command still says what it knows, and closes its connections, each within its own bound.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(15),
        };
        if (parsed.Action is ParseErrorAction error)
        {
            // The whole help would push the error off the screen.
            error.ShowHelp = false;
        }

        try
        {
            var code = await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
            if (parsed.Action is not ParseErrorAction)
            {
                return code;
            }

            invocation.Error.WriteLine($"Try: {Names(parsed.CommandResult)} --help");
            return ExitCode.Usage;
        }
        catch (CommandException e)
        {
            var ink = new Ink(terminal.Error);
            terminal.Error.Profile.Out.Writer.WriteLine(ink.Red(e.Message));
            if (e.Hint is { } hint)
            {
                terminal.Error.Profile.Out.Writer.WriteLine(ink.Dim(hint));
            }

            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is ArgumentException or SocketIOException)
        {
            // What the libraries refuse, they refuse with a sentence.
            terminal.Error.Profile.Out.Writer.WriteLine(new Ink(terminal.Error).Red(EventText.Safe(e.Message)));
            return ExitCode.Usage;
        }
    }

    // sockeye load
    private static string Names(CommandResult command) => command.Parent is CommandResult parent ? $"{Names(parent)} {command.Command.Name}" : "sockeye";

    private static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("Socket.IO from a terminal: why it does not connect, what is on the wire, a client, a server, a load.")
        {
            DoctorCommand.Create(terminal),
            InspectCommand.Create(terminal),
            LearnCommand.Create(terminal),
            ConnectCommand.Create(terminal),
            ServeCommand.Create(terminal),
            LoadCommand.Create(terminal),
            CompletionCommand.Create(terminal),
        };
        root.ShowExamples();
        return root;
    }
}
