using System.Globalization;

namespace Sockeye.Postgres.Log;

/// <summary>A place in the log, the id of a row: <c>pg-12</c> as an offset. Clients take the last text of any event for an offset, so it looks like nothing else.</summary>
internal static class LogPlace
{
    private const string Mark = "pg-";
    private const int MaxDigits = 19;

    /// <summary>What a notification of a row begins with: <c>{"log":"12"</c>. Then comes the rest of an official message, or the end. Only a hint that there is something to read: nothing in it is trusted.</summary>
    public const string HintBegin = "{\"log\":\"";

    /// <summary>The most characters that it adds to a message.</summary>
    public const int MaxHint = 8 + MaxDigits + 2;

    public static string Format(long id) => string.Create(CultureInfo.InvariantCulture, $"{Mark}{id}");

    public static bool TryParse(string? text, out long id)
    {
        id = 0;
        return text is not null && text.StartsWith(Mark, StringComparison.Ordinal) && text.Length <= Mark.Length + MaxDigits
            && long.TryParse(text.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }

    /// <summary>False: the notification is not of the log.</summary>
    public static bool TryReadHint(string payload, out long id)
    {
        id = 0;
        if (!payload.StartsWith(HintBegin, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = payload.AsSpan(HintBegin.Length);
        var end = rest.IndexOf('"');
        return end is > 0 and <= MaxDigits && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }
}
