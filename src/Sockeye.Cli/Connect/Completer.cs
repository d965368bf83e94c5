namespace Sockeye.Cli.Connect;

/// <summary>What Tab offers: commands, events that were seen, their arguments' shape and members, brackets and quotes to close, files.</summary>
/// <param name="memory">What has been seen.</param>
/// <param name="namespaces">The namespaces that are joined.</param>
internal sealed class Completer(EventMemory memory, Func<IEnumerable<string>> namespaces)
{
    public Completion Complete(string text, int cursor)
    {
        var line = text[..cursor];
        var trimmed = line.TrimStart();
        var start = line.Length - trimmed.Length;
        var space = trimmed.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
        {
            return Choose(start, trimmed, [.. ConsoleCommands.Names, .. EventNames(), .. namespaces()], " ");
        }

        var verb = trimmed[..space];
        var restStart = start + space + 1;
        while (restStart < line.Length && line[restStart] == ' ')
        {
            restStart++;
        }

        return verb switch
        {
            "emit" or "ack" => Event(line, restStart),
            "only" or "mute" or "wait" or "history" => LastWord(line, EventNames()),
            "help" => LastWord(line, ConsoleCommands.Names),
            "reply" => LastWord(line, ["on", "off"]),
            "record" or "replay" => LastWord(line, Files(line[(line.LastIndexOf(' ') + 1)..])),
            _ when ConsoleCommands.Names.Contains(verb) || verb[0] == '/' => Completion.None,
            _ => Argument(line, verb, restStart),
        };
    }

    private Completion Event(string line, int start)
    {
        var space = line.IndexOf(' ', start);
        return space < 0 ? Choose(start, line[start..], EventNames(), " ") : Argument(line, line[start..space], space + 1);
    }

    private Completion Argument(string line, string name, int start)
    {
        var open = OpenJson.Scan(line, start);
        if (open.StringStart >= 0 && open.IsKey && Choose(open.StringStart, line[open.StringStart..], memory.KeysOf(name), "\":") is { Candidates.Count: > 0 } keys)
        {
            return keys;
        }

        if (open.Closers.Length > 0)
        {
            return new Completion(line.Length, [open.Closers]);
        }

        var typed = line[open.ArgumentStart..];
        if (typed.StartsWith('@') && !typed.StartsWith("@@", StringComparison.Ordinal))
        {
            return Choose(open.ArgumentStart + 1, typed[1..], Files(typed[1..]), "");
        }

        return typed.Length == 0 && memory.ShapeOf(name, open.ArgumentIndex) is { } shape ? new Completion(line.Length, [shape]) : Completion.None;
    }

    private IEnumerable<string> EventNames() => memory.Names().Select(item => item.Name).Where(name => EventText.Name(name) == name);

    private static Completion LastWord(string line, IEnumerable<string> words)
    {
        var start = line.LastIndexOf(' ') + 1;
        return Choose(start, line[start..], words, "");
    }

    private static Completion Choose(int start, string typed, IEnumerable<string> words, string after)
    {
        string[] found = [.. words.Where(word => word.StartsWith(typed, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return found is [var only] ? new Completion(start, [only + after]) : new Completion(start, found);
    }

    private static IEnumerable<string> Files(string typed)
    {
        try
        {
            var folder = Path.GetDirectoryName(typed) ?? "";
            return [.. Directory.EnumerateFileSystemEntries(folder.Length == 0 ? "." : folder, Path.GetFileName(typed) + "*").Take(200)
                .Select(path => Path.Combine(folder, Path.GetFileName(path)) + (Directory.Exists(path) ? "/" : ""))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
