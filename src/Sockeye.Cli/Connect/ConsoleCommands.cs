namespace Sockeye.Cli.Connect;

/// <summary>The words that the console of <c>sockeye connect</c> knows.</summary>
internal static class ConsoleCommands
{
    public static readonly (string Name, string Usage, string About)[] All =
    [
        ("emit", "emit EVENT [ARGS…]", "sends an event; \"emit\" may be left out where the name is no command"),
        ("ack", "ack EVENT [ARGS…]", "sends an event and waits for the acknowledgement"),
        ("reply", "reply on | off | ARGS…", "acknowledges incoming events that ask for it: with nothing, not at all, with these values"),
        ("wait", "wait EVENT [SECONDS]", "waits for the next such event, 30 s at most"),
        ("sleep", "sleep SECONDS", "does nothing for a while"),
        ("events", "events", "names the events that were seen, and how often"),
        ("history", "history [EVENT] [COUNT]", "shows the last events again"),
        ("only", "only EVENT…", "shows only these events"),
        ("mute", "mute EVENT…", "does not show these events"),
        ("filter", "filter [TEXT]", "shows only events with a text in them; without one, all"),
        ("all", "all", "shows all events again"),
        ("leave", "leave", "leaves the namespace"),
        ("record", "record FILE", "records what goes over the connection, as JSON lines"),
        ("stop", "stop", "ends the recording"),
        ("replay", "replay FILE [--speed FACTOR | max]", "sends again what a recording has sent, in the same rhythm"),
        ("disconnect", "disconnect", "closes the connection"),
        ("reconnect", "reconnect", "opens it again"),
        ("info", "info", "shows transport, ids, and what was tried to connect"),
        ("help", "help [COMMAND]", "shows this"),
        ("quit", "quit", "ends; so does Ctrl-D"),
    ];

    public static readonly string[] Names = [.. All.Select(command => command.Name)];

    /// <summary>The command that somebody may have meant. Null: none is near, or the word is so short that it may as well be an event.</summary>
    public static string? Near(string word)
    {
        if (word.Length < 5)
        {
            return null;
        }

        var best = Names.Select(name => (Name: name, Distance: Distance(word, name))).MinBy(item => item.Distance);
        return best.Distance <= 2 ? best.Name : null;
    }

    // Levenshtein: how many letters to add, drop or change.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substitute = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
