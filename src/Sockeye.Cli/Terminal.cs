using Spectre.Console;

namespace Sockeye.Cli;

/// <summary>Where a command reads from and writes to: the process's own console, or a test's.</summary>
/// <param name="Out">Results. Plain text where it is no terminal.</param>
/// <param name="Error">Progress, hints and errors.</param>
/// <param name="In">Standard input.</param>
internal sealed record Terminal(IAnsiConsole Out, IAnsiConsole Error, TextReader In)
{
    /// <summary>The process's own.</summary>
    public static Terminal OfProcess() => new(Of(Console.Out), Of(Console.Error), Console.In);

    /// <summary>Writes text as it is, without wrapping it: JSON, lines for other programs.</summary>
    public void WriteRaw(string text) => Out.Profile.Out.Writer.WriteLine(text);

    private static IAnsiConsole Of(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
