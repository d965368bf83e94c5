using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>The last lines: how much was seen, and what is wrong at which layer.</summary>
internal static class Summary
{
    public static string Of(Sighting sighting)
    {
        var connections = sighting.Connections;
        var errors = connections.SelectMany(connection => connection.Wire.Records).Where(record => record.Error is not null).GroupBy(record => record.Layer).OrderBy(group => group.Key)
            .Select(group => $"{group.Key.ToDisplayName()} {group.Count():N0}").ToList();
        var left = sighting.LeftOut.Select(pair => $"{pair.Value:N0} {pair.Key}").ToList();
        List<string> lines =
        [
            $"{(connections.Count == 0 ? "No TCP connection" : Count(connections.Count, "TCP connection"))}{(sighting.Packets > 0 ? $" in {Count(sighting.Packets, "packet")}" : "")}.",
            errors.Count == 0 ? "No errors at any layer." : $"Errors: {string.Join(", ", errors)}.",
        ];
        if (left.Count > 0)
        {
            lines.Add($"Left out: {string.Join(", ", left)}.");
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static string Count(int count, string what) => $"{count:N0} {what}{(count == 1 ? "" : "s")}";
}
