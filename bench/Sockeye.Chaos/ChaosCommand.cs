using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Sockeye.Chaos;

/// <summary>The command line, and one cell after the other.</summary>
internal static class ChaosCommand
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(45);

    private static readonly string[] Columns = ["engine", "fault", "sent", "taken", "refused", "no answer", "delivered", "of these recovered", "missed: new session", "missed: link was lost", "unexplained", "twice", "healed after"];

    public static int Run(string[] args)
    {
        var engines = new Argument<string>("engines") { Description = $"Which, with commas: {string.Join(", ", Engine.All.Select(static engine => engine.Name))}. Default: all.", DefaultValueFactory = static _ => "all" };
        var faults = new Argument<string>("faults") { Description = $"Which, with commas: {string.Join(", ", Fault.All.Select(static fault => fault.Name))}. Default: all.", DefaultValueFactory = static _ => "all" };
        var markdown = new Option<bool>("--markdown") { Description = "Prints the table as docs/operations/scaling.md has it." };
        var root = new RootCommand("Three servers under load, and what goes wrong: what became of each message.") { engines, faults, markdown };
        root.SetAction(async (parsed, _) =>
        {
            try
            {
                // Where the width is unknown there is room.
                AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 180);
                var rows = await RunAsync(Chosen(parsed.GetValue(engines)!, Engine.All, Engine.Find), Chosen(parsed.GetValue(faults)!, Fault.All, Fault.Find));
                Print(rows, parsed.GetValue(markdown));
                return rows.TrueForAll(static row => row.Account.IsGood) ? 0 : 1;
            }
            catch (ChaosException exception)
            {
                AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
                return 1;
            }
        });
        return root.Parse(args).Invoke();
    }

    private static List<T> Chosen<T>(string names, IReadOnlyList<T> all, Func<string, T> find) => names == "all" ? [.. all] : [.. names.Split(',').Select(find)];

    private static async Task<List<Row>> RunAsync(List<Engine> engines, List<Fault> faults)
    {
        var rows = new List<Row>();
        foreach (var engine in engines)
        {
            foreach (var fault in faults.Where(fault => fault.Suits(engine)))
            {
                var what = $"{engine.Name}: {fault.Title}";
                var account = AnsiConsole.Profile.Capabilities.Interactive
                    ? await AnsiConsole.Status().StartAsync(what, _ => MeasureAsync(engine, fault))
                    : await MeasureAsync(engine, fault);
                rows.Add(new Row(engine, fault, account));
                // The first word is what test.sh counts.
                var mark = account.IsGood ? "[green]ok[/]" : "[red]failed[/]";
                AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"{mark} {what}: {account.Ok} of {account.Sent} taken, {account.Delivered} delivered, {account.Unexplained} unexplained, {account.Twice} twice"));
            }
        }

        return rows;
    }

    private static async Task<Account> MeasureAsync(Engine engine, Fault fault)
    {
        var logs = Directory.CreateDirectory(Path.Combine("artifacts", "chaos")).FullName;
        foreach (var old in Directory.GetFiles(logs, $"{engine.Name}-{fault.Name}-*.log"))
        {
            File.Delete(old);
        }

        var ledger = new Ledger(Load.Clients);
        await using var cluster = new Cluster(engine, fault, logs, ledger.Note);
        await cluster.StartAsync();
        await using var load = await Load.StartAsync(cluster.Entrance.Port, ledger);
        await UntilAsync(ledger.IsHealthy, HealLimit);
        var begin = ledger.Now;
        await fault.StrikeAsync(cluster);
        var end = ledger.Now;
        // What is seen at once may be from before the fault.
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        var healed = await UntilAsync(ledger.IsHealthy, HealLimit);
        var after = ledger.Now - end;
        await load.StopAsync();
        await UntilAsync(ledger.IsQuiet, TimeSpan.FromSeconds(15));
        var account = ledger.Close(begin);
        account.Healed = healed ? after : null;
        if (account.Unexplained > 0)
        {
            File.WriteAllLines(Path.Combine(logs, $"{engine.Name}-{fault.Name}-unexplained.log"), account.Riddles);
        }

        return account;
    }

    private static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan limit)
    {
        for (var waited = TimeSpan.Zero; !condition(); waited += TimeSpan.FromMilliseconds(100))
        {
            if (waited > limit)
            {
                return false;
            }

            await Task.Delay(100);
        }

        return true;
    }

    private static void Print(List<Row> rows, bool asMarkdown)
    {
        if (asMarkdown)
        {
            Console.WriteLine($"| {string.Join(" | ", Columns)} |\n|---|---|{string.Concat(Columns[2..].Select(static _ => "--:|"))}");
            rows.ForEach(static row => Console.WriteLine($"| {string.Join(" | ", row.Cells)} |"));
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns(Columns);
        rows.ForEach(row => table.AddRow([.. row.Cells.Select(cell => new Text(cell, new Style(row.Account.IsGood ? null : Color.Red)))]));
        AnsiConsole.Write(table);
    }

    private sealed record Row(Engine Engine, Fault Fault, Account Account)
    {
        public IEnumerable<string> Cells =>
        [
            Engine.Name, Fault.Name, Text(Account.Sent), Text(Account.Ok), Text(Account.Refused), Text(Account.NoAnswer), Text(Account.Delivered), Text(Account.Recovered), Text(Account.NotRecovered), Text(Account.CountedAsLost),
            Text(Account.Unexplained), Text(Account.Twice), Account.Healed is { } healed ? string.Create(CultureInfo.InvariantCulture, $"{healed.TotalSeconds:0.0} s") : "never",
        ];

        private static string Text(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);
    }
}
