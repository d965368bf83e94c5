using Sockeye.Wire;

namespace Sockeye.Cli.Doctor;

/// <summary>What became of a layer.</summary>
internal enum LayerState
{
    /// <summary>A layer beneath failed, or the time ran out before.</summary>
    NotReached,

    /// <summary>This connection has no such layer: TLS with <c>http:</c>.</summary>
    NotUsed,

    /// <summary>Nothing is wrong.</summary>
    Healthy,

    /// <summary>There are findings.</summary>
    Ill,
}

/// <summary>All that is known so far.</summary>
internal sealed class Diagnosis
{
    private readonly List<Observation> _observations = [];
    private readonly List<Finding> _findings = [];
    private readonly HashSet<WireLayer> _unused = [];

    public IReadOnlyList<Observation> Observations => _observations;

    /// <summary>What is wrong: the worst first, of those the first that was found.</summary>
    public IEnumerable<Finding> Findings => _findings.Where(finding => finding.Severity > Severity.Note).OrderByDescending(finding => finding.Severity);

    public IEnumerable<Finding> Notes => _findings.Where(finding => finding.Severity == Severity.Note);

    public bool IsHealthy => !Findings.Any();

    /// <summary>Whether it was ended before it was complete.</summary>
    public bool Interrupted { get; set; }

    public TimeSpan Took { get; set; }

    /// <summary>The proxies and servers that named themselves in their answers.</summary>
    public HashSet<Software> Software { get; } = [];

    public void Add(Observation observation) => _observations.Add(observation);

    /// <summary>Adds a finding. One cause gives one finding, however often it is met.</summary>
    public void Add(Finding finding)
    {
        if (!_findings.Exists(other => other.Code == finding.Code))
        {
            _findings.Add(finding);
        }
    }

    public bool Has(string code) => _findings.Exists(finding => finding.Code == code);

    public void NotUsed(WireLayer layer) => _unused.Add(layer);

    public LayerState StateOf(WireLayer layer) =>
        Findings.Any(finding => finding.Layer == layer) ? LayerState.Ill
        : _unused.Contains(layer) ? LayerState.NotUsed
        : _observations.Exists(observation => observation.Layer == layer) ? LayerState.Healthy
        : LayerState.NotReached;

    /// <summary>The remedies worth showing: of proxies, only those that are there, if they named themselves.</summary>
    public IEnumerable<Remedy> RemediesFor(Finding finding)
    {
        var known = finding.Remedies.Any(remedy => remedy.Software.IsProxy() && Software.Contains(remedy.Software));
        return finding.Remedies.Where(remedy => !known || !remedy.Software.IsProxy() || Software.Contains(remedy.Software));
    }
}
