using System.Text;
using System.Text.RegularExpressions;

namespace Sockeye.Wire.Tapping;

/// <summary>
/// What must not be seen by who looks over a shoulder: session ids, because whoever knows one may speak as its owner, and the fields of a request that say who somebody is. They
/// are hidden where they stand in clear, as text and in the bytes.
/// </summary>
internal static partial class Redaction
{
    public static WireRecord Apply(WireRecord record)
    {
        // Bytes as characters, one for one.
        var text = Encoding.Latin1.GetString(record.Bytes.Span);
        return new WireRecord
        {
            Id = record.Id,
            Layer = record.Layer,
            Direction = record.Direction,
            Time = record.Time,
            Kind = record.Kind,
            Summary = Hide(record.Summary),
            Fields = [.. record.Fields.Select(static field => field with { Value = IsSecret(field.Name) ? "…" : Hide(field.Value) })],
            Bytes = Encoding.Latin1.GetBytes(Secret().Replace(text, static match => new string('*', match.Length))),
            Length = record.Length,
            CarriedBy = record.CarriedBy,
            Error = record.Error is null ? null : Hide(record.Error),
        };
    }

    private static bool IsSecret(string field) => field.ToLowerInvariant() is "sid" or "cookie" or "set-cookie" or "authorization" or "proxy-authorization";

    private static string Hide(string text) => Secret().Replace(text, "…");

    // sid=… of a request's target, "sid":"…" of the handshake, sid … of its summary; Cookie: … and its like in the bytes.
    [GeneratedRegex("""(?<=[?&]sid=)[^&\s]+|(?<="sid":")[^"]+|(?<=^sid )[^,]+|(?<=^(?:cookie|set-cookie|authorization|proxy-authorization):)[^\r\n]+""", RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
