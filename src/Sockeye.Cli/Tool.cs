using System.CommandLine;
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
        };
        try
        {
            var code = await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
            return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
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
