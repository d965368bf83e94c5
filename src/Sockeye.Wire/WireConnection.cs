namespace Sockeye.Wire;

/// <summary>What was seen of one TCP connection. Used by one thread at a time.</summary>
/// <param name="client">The client's address and port.</param>
/// <param name="server">The server's address and port.</param>
public sealed class WireConnection(string client, string server)
{
    private const int MaxSessions = 64;

    private readonly List<WireRecord> _records = [];
    private readonly List<string> _sessions = [];
    private int _last;

    /// <summary>The client's address and port.</summary>
    public string Client { get; } = client;

    /// <summary>The server's address and port.</summary>
    public string Server { get; } = server;

    /// <summary>The Engine.IO sessions whose packets came by this connection; more than one where a browser keeps a connection alive.</summary>
    public IReadOnlyList<string> Sessions => _sessions;

    /// <summary>The latest records, in order.</summary>
    public IReadOnlyList<WireRecord> Records => _records;

    /// <summary>How many records are kept; the oldest go first. Zero, the default, keeps them all.</summary>
    public int MaxRecords { get; init; }

    /// <summary>Of longer records only so many bytes are kept. Default: <see cref="WireRecord.MaxBytes"/>, 64 KiB.</summary>
    public int MaxRecordBytes { get; init; } = WireRecord.MaxBytes;

    /// <summary>Raised with each new record, by the thread that adds it.</summary>
    public event Action<WireRecord>? Added;

    /// <summary>Adds what a decoder understood.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="time">When its last byte was seen.</param>
    /// <param name="kind">What it is, in the words of its protocol.</param>
    /// <param name="summary">What it says, in one line.</param>
    /// <param name="bytes">Its bytes, which are copied.</param>
    /// <param name="fields">Its parts.</param>
    /// <param name="carriedBy">The records of the layers beneath that carried it.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="length">How many bytes it has, where more than these.</param>
    /// <returns>The record.</returns>
    public WireRecord Add(
        WireLayer layer, WireDirection direction, DateTimeOffset time, string kind, string summary, ReadOnlySpan<byte> bytes = default,
        IReadOnlyList<WireField>? fields = null, IReadOnlyList<int>? carriedBy = null, string? error = null, int? length = null)
    {
        var record = new WireRecord
        {
            Id = ++_last,
            Layer = layer,
            Direction = direction,
            Time = time,
            Kind = kind,
            Summary = summary,
            Bytes = bytes[..Math.Min(bytes.Length, MaxRecordBytes)].ToArray(),
            Length = length ?? bytes.Length,
            Fields = fields ?? [],
            CarriedBy = carriedBy ?? [],
            Error = error,
        };
        if (MaxRecords > 0 && _records.Count == MaxRecords)
        {
            _records.RemoveAt(0);
        }

        _records.Add(record);
        Added?.Invoke(record);
        return record;
    }

    /// <summary>Notes that an Engine.IO session uses this connection. The first 64 are noted: a sender may invent as many as he likes.</summary>
    /// <param name="sid">The session's id.</param>
    public void AddSession(string sid)
    {
        if (_sessions.Count < MaxSessions && !_sessions.Contains(sid))
        {
            _sessions.Add(sid);
        }
    }
}
