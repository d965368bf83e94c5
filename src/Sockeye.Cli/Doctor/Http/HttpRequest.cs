using System.Text;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>One request.</summary>
internal sealed record HttpRequest(string Method, string Target)
{
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>How long the answer may take. Null: as the user said.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Called when the last byte was handed over.</summary>
    public Action? OnWritten { get; init; }

    /// <summary>The target without the parameter against caches, which only disturbs the reader.</summary>
    public string ShownTarget
    {
        get
        {
            var at = Target.IndexOf("&t=", StringComparison.Ordinal);
            var end = at < 0 ? -1 : Target.IndexOf('&', at + 1);
            return at < 0 ? Target : Target[..at] + (end < 0 ? "" : Target[end..]);
        }
    }

    /// <summary>The request as it goes over the wire (RFC 9112 §3).</summary>
    public byte[] ToBytes()
    {
        var head = new StringBuilder().Append(Method).Append(' ').Append(Target).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        if (Body.Length > 0)
        {
            head.Append("Content-Length: ").Append(Body.Length).Append("\r\n");
        }

        return [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. Body];
    }
}
