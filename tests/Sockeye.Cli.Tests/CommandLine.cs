using Spectre.Console;

namespace Sockeye.Cli.Tests;

/// <summary>Runs the tool as a terminal would, without a process: what it printed, and its exit code.</summary>
internal sealed record CommandLine(int Code, string Out, string Error)
{
    public static async Task<CommandLine> RunAsync(string[] args, string input = "", CancellationToken cancellationToken = default)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await Tool.RunAsync(args, new Terminal(Of(output), Of(error), new StringReader(input)), cancellationToken);
        return new(code, output.ToString(), error.ToString());
    }

    private static IAnsiConsole Of(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}
