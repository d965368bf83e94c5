using System.Text;
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
                line.Append(Safe(text));
            }

            terminal.WriteRaw(line.ToString().TrimEnd());
            return;
        }

        var paragraph = new Paragraph { Overflow = Wraps ? Overflow.Fold : Overflow.Ellipsis };
        var room = Wraps ? int.MaxValue : _console.Profile.Width;
        foreach (var (text, style) in parts)
        {
            var safe = Safe(text);
            paragraph.Append(safe.Length <= room ? safe : room > 1 ? string.Concat(safe.AsSpan(0, room - 1), "…") : "", style ?? Style.Plain);
            room = Math.Max(0, room - safe.Length);
        }

        _console.Write(paragraph);
        _console.WriteLine();
    }

    /// <summary>The text with its control and direction characters made visible.</summary>
    public static string Safe(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            _ = IsUnsafe(c) ? safe.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => $"\\u{(int)c:x4}" }) : safe.Append(c);
        }

        return safe.ToString();
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
