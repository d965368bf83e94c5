using Spectre.Console;

namespace Sockeye.Cli;

/// <summary>
/// The colours of lines that are written as they happen. Unlike markup these lines are never wrapped, so that one event stays one line for grep and for copying.
/// </summary>
internal readonly struct Ink(IAnsiConsole console)
{
    private readonly bool _colours = console.Profile.Capabilities.Ansi && console.Profile.Capabilities.ColorSystem != ColorSystem.NoColors;

    public string Dim(string text) => Wrap("2", text);

    public string Bold(string text) => Wrap("1", text);

    public string Red(string text) => Wrap("31", text);

    public string Green(string text) => Wrap("32", text);

    public string Yellow(string text) => Wrap("33", text);

    public string Cyan(string text) => Wrap("36", text);

    // ECMA-48, select graphic rendition.
    private string Wrap(string code, string text) => _colours ? $"\e[{code}m{text}\e[0m" : text;
}
