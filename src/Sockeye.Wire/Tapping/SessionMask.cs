using System.Text;

namespace Sockeye.Wire.Tapping;

/// <summary>Whoever knows a session's id may speak as its owner, so none is shown: neither as text nor in the bytes.</summary>
internal static class SessionMask
{
    public static WireRecord Apply(WireRecord record, IReadOnlyList<string> sessions)
    {
        if (!sessions.Any(sid => Holds(record, sid)))
        {
            return record;
        }

        var bytes = record.Bytes.ToArray();
        foreach (var sid in sessions)
        {
            var secret = Encoding.UTF8.GetBytes(sid);
            for (int at = bytes.AsSpan().IndexOf(secret); at >= 0; at = bytes.AsSpan().IndexOf(secret))
            {
                bytes.AsSpan(at, secret.Length).Fill((byte)'*');
            }
        }

        return new WireRecord
        {
            Id = record.Id,
            Layer = record.Layer,
            Direction = record.Direction,
            Time = record.Time,
            Kind = record.Kind,
            Summary = Hide(record.Summary, sessions),
            Fields = [.. record.Fields.Select(field => field with { Value = Hide(field.Value, sessions) })],
            Bytes = bytes,
            Length = record.Length,
            CarriedBy = record.CarriedBy,
            Error = record.Error is null ? null : Hide(record.Error, sessions),
        };
    }

    private static bool Holds(WireRecord record, string sid) =>
        record.Summary.Contains(sid, StringComparison.Ordinal)
        || record.Bytes.Span.IndexOf(Encoding.UTF8.GetBytes(sid)) >= 0
        || record.Error?.Contains(sid, StringComparison.Ordinal) == true
        || record.Fields.Any(field => field.Value.Contains(sid, StringComparison.Ordinal));

    private static string Hide(string text, IReadOnlyList<string> sessions) => sessions.Aggregate(text, static (text, sid) => text.Replace(sid, "…", StringComparison.Ordinal));
}
