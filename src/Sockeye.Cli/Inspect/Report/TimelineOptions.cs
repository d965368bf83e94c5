using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>What of a capture is shown on the console.</summary>
internal sealed record TimelineOptions
{
    /// <summary>Each line with all that it was wrapped in.</summary>
    public bool Expand { get; init; }

    /// <summary>All records of these layers, in place of the most telling ones.</summary>
    public IReadOnlySet<WireLayer> Layers { get; init; } = new HashSet<WireLayer>();

    /// <summary>Only this connection.</summary>
    public int? Connection { get; init; }

    /// <summary>One record, unfolded down to its bytes on the wire.</summary>
    public int? Event { get; init; }

    /// <summary>How many bytes of each record a hex dump shows.</summary>
    public int Bytes { get; init; } = 256;
}
