using System.Globalization;

namespace Sockeye.Protocol.Cluster;

/// <summary>The log of one namespace in a <see cref="MemoryHub"/>, and the sessions that wait for their clients. Guarded by the hub.</summary>
internal sealed class MemoryLog(int length, ClusterLimits limits)
{
    private const int PageSize = 100;

    private readonly List<(long Position, byte[] Data)> _entries = [];
    private readonly Dictionary<string, (byte[] Session, DateTimeOffset Expires)> _sessions = new(StringComparer.Ordinal);
    private long _last;

    /// <summary>The place of the last message: <c>7-0</c>.</summary>
    public string End => Format(_last);

    public static bool TryParse(string offset, out long position)
    {
        position = 0;
        return offset.EndsWith("-0", StringComparison.Ordinal) && long.TryParse(offset.AsSpan(0, offset.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out position);
    }

    public string Append(byte[] data)
    {
        _entries.Add((++_last, data));
        if (_entries.Count > length)
        {
            _entries.RemoveAt(0);
        }

        return End;
    }

    public void Persist(ClusterSession session, DateTimeOffset expires) => _sessions[session.Pid] = (ClusterSessionCodec.Encode(session), expires);

    public ClusterSession? Take(string pid, DateTimeOffset now) =>
        _sessions.Remove(pid, out var kept) && kept.Expires > now && ClusterSessionCodec.TryDecode(kept.Session, limits, out var session) ? session : null;

    public ClusterLogPage Read(string after)
    {
        var start = TryParse(after, out var position) ? position : long.MaxValue;
        var isGapless = start <= _last && (_entries.Count == 0 ? start == _last : _entries[0].Position <= start + 1);
        var page = new List<ClusterLogEntry>();
        foreach (var (at, data) in _entries)
        {
            if (at > start)
            {
                if (ClusterMessageCodec.TryDecode(data, limits, out var message) == ClusterError.None && message!.Type == ClusterMessageType.Broadcast)
                {
                    page.Add(new ClusterLogEntry(Format(at), message));
                }

                start = at;
                if (page.Count == PageSize)
                {
                    break;
                }
            }
        }

        return new ClusterLogPage(isGapless, page, Format(Math.Min(start, _last)), start >= _last);
    }

    private static string Format(long position) => string.Create(CultureInfo.InvariantCulture, $"{position}-0");
}
