using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Report;

/// <summary>What carries what among the records of a connection.</summary>
internal sealed class RecordIndex
{
    private readonly Dictionary<int, WireRecord> _byId;
    private readonly HashSet<int> _carrying = [];

    public RecordIndex(IReadOnlyList<WireRecord> records)
    {
        _byId = records.ToDictionary(record => record.Id);
        foreach (var record in records)
        {
            _carrying.UnionWith(record.CarriedBy);
        }
    }

    public WireRecord? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>Whether nothing of a higher layer was found in it.</summary>
    public bool IsLeaf(WireRecord record) => !_carrying.Contains(record.Id);

    /// <summary>All that a record was wrapped in, the nearest layer first, and within a layer in order.</summary>
    public IReadOnlyList<WireRecord> Beneath(WireRecord record)
    {
        HashSet<int> seen = [];
        Queue<int> next = new(record.CarriedBy);
        while (next.TryDequeue(out var id))
        {
            if (seen.Add(id) && Find(id) is { } carrier)
            {
                foreach (var lower in carrier.CarriedBy)
                {
                    next.Enqueue(lower);
                }
            }
        }

        return [.. seen.Select(Find).OfType<WireRecord>().OrderByDescending(carrier => carrier.Layer).ThenBy(carrier => carrier.Id)];
    }

    /// <summary>Whether the short timeline shows it: what says something that no higher layer says better.</summary>
    public bool IsShown(WireRecord record) => record.Error is not null || record.Layer switch
    {
        WireLayer.Network => false,
        WireLayer.Tcp => record.Kind is not ("segment" or "ACK" or "window update" or "duplicate ACK"),
        WireLayer.Tls => !record.Kind.EndsWith(" record", StringComparison.Ordinal) || (IsLeaf(record) && record.Kind == "application data record"),
        WireLayer.Http => true,
        WireLayer.WebSocket or WireLayer.EngineIO => IsLeaf(record),
        _ => true,
    };
}
