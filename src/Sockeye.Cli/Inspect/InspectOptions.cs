using Sockeye.Cli.Commands;
using Sockeye.Cli.Inspect.Report;

namespace Sockeye.Cli.Inspect;

/// <summary>What the user asked for.</summary>
internal sealed record InspectOptions
{
    public string? File { get; init; }

    public string? Interface { get; init; }

    /// <summary>The tool connects itself.</summary>
    public Target? Connect { get; init; }

    public int? Port { get; init; }

    public string? KeyLog { get; init; }

    /// <summary>How long to capture or to stay connected. Null: until Ctrl-C.</summary>
    public TimeSpan? For { get; init; }

    public bool Json { get; init; }

    public string? Export { get; init; }

    public string? Write { get; init; }

    /// <summary>How much memory what was seen may take, roughly, in bytes.</summary>
    public long Limit { get; init; } = 256L * 1024 * 1024;

    public TimelineOptions Timeline { get; init; } = new();
}
