using System.Text;
using Sockeye.Cli.Connect;
using Spectre.Console;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>
/// Writes lines: in colour and cut to the width on a terminal, whole and plain into a pipe. What came over the network cannot steer the terminal: control characters are shown, not sent.
/// </summary>
internal sealed class LineWriter(Terminal terminal)
{
    private readonly IAnsiConsole _console = terminal.Out;

    /// <summary>Whether a line may be longer than the terminal is wide.</summary>
    public bool Wraps { get; init; }

    public void Write(params ReadOnlySpan<(string Text, Style? Style)> parts)
    {
        if (!_console.Profile.Out.IsTerminal)
        {
            var line = new StringBuilder();
            foreach (var (text, _) in parts)
            {
                line.Append(EventText.Safe(text));
            }

            terminal.WriteRaw(line.ToString().TrimEnd());
            return;
        }

        var paragraph = new Paragraph { Overflow = Wraps ? Overflow.Fold : Overflow.Ellipsis };
        var room = Wraps ? int.MaxValue : _console.Profile.Width;
        foreach (var (text, style) in parts)
        {
            var safe = EventText.Safe(text);
            paragraph.Append(safe.Length <= room ? safe : room > 1 ? string.Concat(safe.AsSpan(0, room - 1), "…") : "", style ?? Style.Plain);
            room = Math.Max(0, room - safe.Length);
        }

        _console.Write(paragraph);
        _console.WriteLine();
    }
}
