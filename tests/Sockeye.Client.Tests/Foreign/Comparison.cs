using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>Makes two logs of the same situation comparable.</summary>
internal static class Comparison
{
    private static readonly string[] OfRounds = ["reconnect_attempt", "reconnect_error", "error", "connect_error", "reconnect"];

    /// <summary>The lines in the order of each emitter, the emitters one after the other: what comes first of two emitters' events says nothing.</summary>
    public static IReadOnlyList<LogLine> Normalize(Situation situation, IEnumerable<LogLine> lines)
    {
        if (situation.EitherRequest)
        {
            lines = lines.Select(line => line with { Args = line.Args.Replace("xhr post error", "xhr poll error", StringComparison.Ordinal) });
        }

        if (situation.Transports is not ["upgrade"])
        {
            // An upgrade goes on beside what happens to the sockets.
            lines = lines.Where(line => line.Emitter != "engine");
        }

        lines = lines.OrderBy(line => line.Emitter, StringComparer.Ordinal);
        return [.. situation.CollapseRounds ? Collapse(lines) : lines];
    }

    // Attempts must count up by one, whatever their number; then the rounds are left out, and what "reconnect" says is how many there were.
    private static IEnumerable<LogLine> Collapse(IEnumerable<LogLine> lines)
    {
        var attempts = 0;
        foreach (var line in lines)
        {
            switch (line)
            {
                case { Emitter: "manager", Event: "reconnect_attempt" }:
                    Assert.Equal($"[{++attempts}]", line.Args);
                    break;
                case { Emitter: "manager", Event: "reconnect" }:
                    Assert.Equal($"[{attempts}]", line.Args);
                    yield return new LogLine("manager", "reconnect");
                    break;
                case var _ when !OfRounds.Contains(line.Event):
                    yield return line;
                    break;
            }
        }

        Assert.True(attempts > 1, "No round failed.");
    }
}
