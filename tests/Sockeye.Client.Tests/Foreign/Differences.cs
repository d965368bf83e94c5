using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>Where our log differs from the official one on purpose, and why.</summary>
internal static class Differences
{
    private static readonly Difference[] All =
    [
        new("disconnect twice", null, new LogLine("manager", "close", "forced close", null), null,
            "The official manager says \"close\" each time that a socket disconnects, connected or not; ours when there was something to close."),
        new("a second answer to CONNECT", null, new LogLine("/", "connect"), null,
            "The official socket says \"connect\" once more; ours takes one answer to each CONNECT."),
        new("unknown namespace", ServerKind.Python, new LogLine("/unknown", "connect_error", new { message = "" }), new LogLine("/unknown", "connect_error", new { message = "Unable to connect" }),
            "Python's server sends the bare message, which the official client loses and ours shows."),
    ];

    /// <summary>What our log is to be where the official one is this.</summary>
    public static IReadOnlyList<LogLine> Expected(Situation situation, ServerKind kind, IReadOnlyList<LogLine> official)
    {
        var lines = official.ToList();
        foreach (var difference in All.Where(one => one.Situation == situation.Name && (one.Kind ?? kind) == kind))
        {
            // The last such line: the first is the one that both have.
            var at = lines.FindLastIndex(line => line == difference.Official);
            Assert.True(at >= 0, $"The official client does not do this any more: {difference.Why}");
            lines.RemoveAt(at);
            if (difference.Ours is { } ours)
            {
                lines.Insert(at, ours);
            }
        }

        return lines;
    }

    // Official and Ours: a line of the official log, and what stands in its place in ours; null: nothing.
    private sealed record Difference(string Situation, ServerKind? Kind, LogLine Official, LogLine? Ours, string Why);
}
