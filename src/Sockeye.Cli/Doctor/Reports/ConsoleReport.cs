using Sockeye.Wire;
using Spectre.Console;

namespace Sockeye.Cli.Doctor.Reports;

/// <summary>The diagnosis for people: the layers from the lowest, then what is wrong and how to mend it.</summary>
internal static class ConsoleReport
{
    private const int Label = 17;
    private const int Time = 9;

    public static void Write(Terminal terminal, Examination examination)
    {
        var page = new Page(terminal.Out);
        var diagnosis = examination.Diagnosis;
        page.Line($"[bold]{Markup.Escape(examination.Target.Url.OriginalString)}[/] [dim]endpoint {Markup.Escape(examination.Path)}, namespace {Markup.Escape(examination.Namespace)}[/]");
        foreach (var layer in Enum.GetValues<WireLayer>())
        {
            Layer(page, diagnosis, layer);
        }

        page.Line();
        Verdict(page, diagnosis);
        var number = 0;
        foreach (var finding in diagnosis.Findings)
        {
            Describe(page, diagnosis, finding, ++number);
        }

        foreach (var note in diagnosis.Notes)
        {
            page.Line();
            page.Line($"[bold]{page.Sign(Mark.Plain).Sign} Good to know: {Markup.Escape(note.Title)}[/] [dim]{note.Layer.ToDisplayName()}, {note.Code}[/]");
            page.Text("   Cause   ", note.Cause, "");
            Remedies(page, diagnosis, note);
        }
    }

    private static void Layer(Page page, Diagnosis diagnosis, WireLayer layer)
    {
        page.Line();
        var title = $"{(int)layer} {layer.ToDisplayName()}";
        switch (diagnosis.StateOf(layer))
        {
            case LayerState.NotUsed:
                page.Line($"[dim]{title}  not used: the address says {(layer == WireLayer.Tls ? "http" : "otherwise")}[/]");
                return;
            case LayerState.NotReached:
                page.Line($"[dim]{title}  not reached[/]");
                return;
            case LayerState.Ill:
                page.Line($"[bold red]{title}[/]");
                break;
            default:
                page.Line($"[bold]{title}[/]");
                break;
        }

        foreach (var observation in diagnosis.Observations.Where(observation => observation.Layer == layer))
        {
            var (sign, style) = page.Sign(observation.Mark);
            var head = $" {sign} {observation.What.PadRight(Label)} {(observation.Took is { } took ? Words.Of(took) : "").PadLeft(Time)}  ";
            page.Text(head, observation.Saw, style);
        }
    }

    private static void Verdict(Page page, Diagnosis diagnosis)
    {
        var count = diagnosis.Findings.Count();
        var took = Words.Of(diagnosis.Took);
        if (diagnosis.Interrupted)
        {
            page.Line($"[yellow]Interrupted after {took}. So far: {(count == 0 ? "nothing is wrong" : Words.Count(count, "finding"))}.[/]");
        }
        else if (count == 0)
        {
            page.Line($"[bold green]{page.Sign(Mark.Good).Sign} Healthy.[/] Nothing is wrong on any layer. [dim]{took}[/]");
        }
        else
        {
            page.Line($"[bold red]{page.Sign(Mark.Bad).Sign} {Words.Count(count, "finding")}.[/] [dim]{took}[/]");
        }
    }

    private static void Describe(Page page, Diagnosis diagnosis, Finding finding, int number)
    {
        page.Line();
        var style = finding.Severity == Severity.Error ? "bold red" : "bold yellow";
        page.Line($"[{style}]{number}. {Markup.Escape(finding.Title)}[/] [dim]{finding.Layer.ToDisplayName()}, {finding.Code}[/]");
        page.Text("   Seen    ", finding.Evidence, "");
        page.Text("   Cause   ", finding.Cause, "");
        Remedies(page, diagnosis, finding);
    }

    private static void Remedies(Page page, Diagnosis diagnosis, Finding finding)
    {
        foreach (var (index, remedy) in diagnosis.RemediesFor(finding).Index())
        {
            page.Lines($"{(index == 0 ? "   Mend    " : "           ")}{remedy.Software.ToDisplayName()}", remedy.Lines, "green");
        }
    }
}
