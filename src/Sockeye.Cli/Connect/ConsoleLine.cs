using System.Globalization;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>A line of the console: its first word, and what follows.</summary>
/// <param name="Line">The whole line.</param>
/// <param name="Verb">A command, a namespace, or an event's name.</param>
/// <param name="RestStart">Where the rest begins.</param>
internal sealed record ConsoleLine(string Line, string Verb, int RestStart)
{
    /// <summary>What follows the first word.</summary>
    public string Rest => Line[RestStart..];

    public static ConsoleLine Parse(string line)
    {
        var (verb, rest) = ReadName(line, 0);
        return new ConsoleLine(line, verb, rest);
    }

    /// <summary>The line is an event and its arguments.</summary>
    public (string Name, PacketArguments Arguments) AsEvent() => (Verb, ArgumentParser.Parse(Line, RestStart));

    /// <summary>An event and its arguments follow the command.</summary>
    public (string Name, PacketArguments Arguments) Event()
    {
        var (name, rest) = RestStart < Line.Length ? ReadName(Line, RestStart) : throw new CommandException($"{Verb} which event?", $"{Verb} EVENT [ARGS…]");
        return (name, ArgumentParser.Parse(Line, rest));
    }

    /// <summary>What follows, as arguments.</summary>
    public PacketArguments Values() => ArgumentParser.Parse(Line, RestStart);

    public string[] Words() => Rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The names of events that follow; at least one.</summary>
    public string[] Names() => Words() is { Length: > 0 } names ? names : throw new CommandException($"{Verb} which events?", $"{Verb} EVENT…");

    public string Path() => Rest.Length > 0 ? Rest.Trim('"') : throw new CommandException($"{Verb} which file?", $"{Verb} FILE");

    public TimeSpan Seconds() => Words() is [var word] ? Seconds(word) : throw new CommandException($"{Verb} how long?", $"{Verb} SECONDS");

    public static TimeSpan Seconds(string word) => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
        ? TimeSpan.FromSeconds(seconds)
        : throw new CommandException($"\"{word}\" is no number of seconds.");

    /// <summary>The file of <c>replay FILE [--speed FACTOR | max]</c>, and how fast.</summary>
    public (string Path, double Speed) Replay()
    {
        const string option = "--speed";
        var at = Rest.IndexOf(option, StringComparison.Ordinal);
        var path = (at < 0 ? Rest : Rest[..at]).Trim().Trim('"');
        if (path.Length == 0)
        {
            throw new CommandException("replay which file?", "replay FILE [--speed FACTOR | max]");
        }

        var factor = at < 0 ? "1" : Rest[(at + option.Length)..].Trim(' ', '=');
        return factor == "max" ? (path, double.PositiveInfinity)
            : double.TryParse(factor, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed is > 0 and < 1e6 ? (path, speed)
            : throw new CommandException($"\"{factor}\" is no speed.", "--speed 2 is twice as fast, --speed 0.5 half as fast, --speed max without pauses.");
    }

    // A name with spaces is written as a JSON string.
    private static (string Name, int RestStart) ReadName(string line, int start)
    {
        var end = start;
        string? name = null;
        if (line[start] == '"')
        {
            for (end++; end < line.Length && line[end] != '"'; end++)
            {
                end += line[end] == '\\' ? 1 : 0;
            }

            end = Math.Min(end + 1, line.Length);
            try
            {
                using var document = JsonDocument.Parse(line[start..end]);
                name = document.RootElement.GetString();
            }
            catch (JsonException e)
            {
                throw new CommandException(JsonMistake.Describe("The event's name is", line, e, start));
            }
        }
        else
        {
            while (end < line.Length && !char.IsWhiteSpace(line[end]))
            {
                end++;
            }
        }

        name ??= line[start..end];
        while (end < line.Length && char.IsWhiteSpace(line[end]))
        {
            end++;
        }

        return (name, end);
    }
}
