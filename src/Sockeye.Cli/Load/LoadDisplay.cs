using System.Globalization;
using Sockeye.Cli.Connect;
using Spectre.Console;

namespace Sockeye.Cli.Load;

/// <summary>Shows how it goes: a table that changes in a terminal, else a line every two seconds, on the error stream, so that the report stays alone.</summary>
internal sealed class LoadDisplay(Terminal terminal, LoadSettings settings, LoadCounts counts)
{
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TablePause = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(CancellationToken over)
    {
        if (settings.Quiet)
        {
            return;
        }

        var capabilities = terminal.Error.Profile.Capabilities;
        if (capabilities is { Ansi: true, Interactive: true } && !Console.IsErrorRedirected)
        {
            await terminal.Error.Live(Table()).AutoClear(true).StartAsync(async live =>
            {
                while (await PauseAsync(TablePause, over).ConfigureAwait(false))
                {
                    live.UpdateTarget(Table());
                }
            }).ConfigureAwait(false);
            return;
        }

        while (await PauseAsync(LinePause, over).ConfigureAwait(false))
        {
            terminal.Error.Profile.Out.Writer.WriteLine(
                $"{settings.Scenario}: {counts.Online} of {settings.Clients} online, {counts.Failed} failed, {counts.Sent} sent, {counts.Delivered} of {counts.Expected} delivered, p99 {EventText.Duration(counts.Latency.At(0.99))}");
        }
    }

    private static async Task<bool> PauseAsync(TimeSpan pause, CancellationToken over)
    {
        await Task.Delay(pause, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !over.IsCancellationRequested;
    }

    private Table Table()
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{settings.Scenario} against {settings.Target.Url}"));
        table.AddColumns("", "now", "p50", "p99", "max");
        Row("online", $"{counts.Online} of {settings.Clients}{(counts.Failed > 0 ? $", {counts.Failed} failed" : "")}", counts.Connects);
        Row("delivered", $"{counts.Delivered.ToString("#,0", CultureInfo.InvariantCulture)} of {counts.Expected.ToString("#,0", CultureInfo.InvariantCulture)}", counts.Latency);
        if (counts.Cuts > 0)
        {
            Row("came back", $"{counts.Returns.Count} of {counts.Cuts}", counts.Returns);
        }

        table.Caption("Ctrl-C ends it with what is known so far");
        return table;

        void Row(string name, string now, Percentiles times) =>
            table.AddRow(name, now, EventText.Duration(times.At(0.5)), EventText.Duration(times.At(0.99)), EventText.Duration(times.Max));
    }
}
