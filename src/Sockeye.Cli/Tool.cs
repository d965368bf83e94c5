using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Sockeye.Cli.Commands;

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

            // A command that Ctrl-C ends still has to say what it knows; two seconds, the default, are short on a busy machine.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
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
