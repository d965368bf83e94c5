using System.Text;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>Why there is no answer.</summary>
internal enum HttpFailure
{
    None,

    /// <summary>No connection, or TLS failed on it.</summary>
    NotConnected,

    /// <summary>The server closed the connection, or reset it, before a byte came.</summary>
    Closed,

    /// <summary>The server closed the connection in the midst of the answer.</summary>
    Truncated,

    /// <summary>Nothing came in time.</summary>
    TimedOut,

    /// <summary>What came is no HTTP/1.1.</summary>
    NotHttp,
}

/// <summary>What came back for one request: an answer, or why there is none.</summary>
internal sealed record HttpAnswer
{
    public required HttpRequest Request { get; init; }

    public HttpFailure Failure { get; init; }

    /// <summary>The failure in words.</summary>
    public string? Error { get; init; }

    /// <summary>0 without an answer.</summary>
    public int Status { get; init; }

    public string Reason { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body, or the start of a long one. Of what is no HTTP: what came.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>From the last byte of the request to the first of the answer.</summary>
    public TimeSpan FirstByte { get; init; }

    /// <summary>From the start of the connection to the last byte of the answer.</summary>
    public TimeSpan Total { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300 && Failure == HttpFailure.None;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Whether it is a page. Engine.IO says text/html of its short texts, too.</summary>
    public bool IsHtml => Text.TrimStart() is ['<', ..] && (this["Content-Type"]?.Contains("html", StringComparison.OrdinalIgnoreCase) == true || Text.Contains("<html", StringComparison.OrdinalIgnoreCase));

    /// <summary>A header's value; of several, with commas between them.</summary>
    public string? this[string name]
    {
        get
        {
            var values = All(name);
            return values.Count == 0 ? null : string.Join(", ", values);
        }
    }

    public IReadOnlyList<string> All(string name) => [.. Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    /// <summary>The request and what came back, in one line.</summary>
    public override string ToString() => $"{Request.Method} {Request.ShownTarget} → {Outcome}";

    /// <summary>What came back, in a few words.</summary>
    public string Outcome
    {
        get
        {
            if (Status == 0)
            {
                return Failure == HttpFailure.NotHttp ? $"no HTTP: {Excerpt.Of(Body)}" : Error ?? "nothing";
            }

            var words = new StringBuilder().Append(Status);
            if (Reason.Length > 0)
            {
                words.Append(' ').Append(Excerpt.Of(Reason, 40));
            }

            if (this["Server"] is { } server)
            {
                words.Append(" from ").Append(Excerpt.Of(server, 40));
            }

            if (Body.Length > 0)
            {
                words.Append(": ").Append(IsHtml ? Excerpt.OfHtml(Text) : Excerpt.Of(Body));
            }

            if (Failure != HttpFailure.None)
            {
                words.Append(", then ").Append(Error);
            }

            return words.ToString();
        }
    }
}
