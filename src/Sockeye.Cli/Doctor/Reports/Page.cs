using Spectre.Console;

namespace Sockeye.Cli.Doctor.Reports;

/// <summary>Lines of a report: wrapped under themselves and coloured on a terminal, whole and plain elsewhere, where a program may look for them.</summary>
internal sealed class Page(IAnsiConsole console)
{
    private const int Narrowest = 30;
    private const int RemedyLabel = 32;
    private const int Wide = 10_000;

    private readonly bool _isTerminal = console.Profile.Out.IsTerminal;
    private readonly int _width = Math.Max(console.Profile.Width, Narrowest);

    public (string Sign, string Style) Sign(Mark mark) => (mark, console.Profile.Capabilities.Unicode || !_isTerminal) switch
    {
        (Mark.Good, true) => ("✔", "green"),
        (Mark.Good, _) => ("+", "green"),
        (Mark.Bad, true) => ("✘", "red"),
        (Mark.Bad, _) => ("x", "red"),
        (Mark.Notable, _) => ("!", "yellow"),
        (_, true) => ("·", "dim"),
        _ => ("-", "dim"),
    };

    public void Line(string markup = "")
    {
        if (_isTerminal)
        {
            console.MarkupLine(markup);
        }
        else
        {
            console.Profile.Out.Writer.WriteLine(Markup.Remove(markup));
        }
    }

    /// <summary>A head, and a text beside it that wraps without running under the head.</summary>
    public void Text(string head, string text, string style)
    {
        var room = _width - head.Length - 1;
        var rest = text;
        var start = head;
        do
        {
            var line = rest;
            if (_isTerminal && room >= Narrowest && rest.Length > room)
            {
                var at = rest.LastIndexOf(' ', room);
                line = at > 0 ? rest[..at] : rest[..room];
            }

            rest = rest[line.Length..].TrimStart();
            Line($"{(style.Length > 0 && start.Trim().Length > 0 ? $"[{style}]{Markup.Escape(start)}[/]" : Markup.Escape(start))}{Markup.Escape(line)}".TrimEnd());
            start = new string(' ', head.Length);
        }
        while (rest.Length > 0);
    }

    /// <summary>Lines of configuration. They are never wrapped: they are there to be copied.</summary>
    public void Lines(string label, IReadOnlyList<string> lines, string style)
    {
        var width = console.Profile.Width;
        console.Profile.Width = Wide;
        foreach (var (index, line) in lines.Index())
        {
            var head = (index == 0 ? label : "").PadRight(RemedyLabel);
            if (_isTerminal)
            {
                console.Write(new Text(head, Style.Plain));
                console.Write(new Text(line + "\n", Style.Parse(style)));
            }
            else
            {
                console.Profile.Out.Writer.WriteLine(head + line);
            }
        }

        console.Profile.Width = width;
    }
}
