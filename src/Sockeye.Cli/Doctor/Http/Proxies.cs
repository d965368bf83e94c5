namespace Sockeye.Cli.Doctor.Http;

/// <summary>Who answered, and through whom: what proxies tell of themselves in their answers (RFC 9110 §7.6.3, §10.2.4).</summary>
internal static class Proxies
{
    private static readonly string[] Headers =
    [
        "Server", "Via", "X-Powered-By", "X-Cache", "Age", "CF-Ray", "X-Served-By", "X-Amz-Cf-Id", "X-Amzn-Trace-Id", "X-Azure-Ref", "X-Envoy-Upstream-Service-Time", "Fly-Request-Id",
    ];

    /// <summary>The headers of the answer that tell of software on the way.</summary>
    public static IReadOnlyList<string> Seen(HttpAnswer answer) => [.. from name in Headers let value = answer[name] where value is not null select $"{name}: {Excerpt.Of(value, 60)}"];

    /// <summary>Remembers who named itself.</summary>
    public static void Notice(Diagnosis diagnosis, HttpAnswer answer)
    {
        foreach (var value in Headers.SelectMany(answer.All))
        {
            if (Recognize(value) is { } software)
            {
                diagnosis.Software.Add(software);
            }
        }

        if (IsPageOfNginx(answer))
        {
            diagnosis.Software.Add(Software.Nginx);
        }

        // HAProxy has no Server header; the text of its error pages is its own.
        if (answer is { Status: >= 400, IsHtml: true } && answer["Server"] is null && answer.Text.StartsWith("<html><body><h1>", StringComparison.Ordinal))
        {
            diagnosis.Software.Add(Software.HAProxy);
        }
    }

    /// <summary>Whether it is an error page of nginx's own, and not one that it passes on.</summary>
    public static bool IsPageOfNginx(HttpAnswer answer) =>
        answer is { Status: >= 400, IsHtml: true } && (answer.Text.Contains("<center>nginx", StringComparison.Ordinal) || answer.Text.Contains("<center>openresty", StringComparison.Ordinal));

    private static Software? Recognize(string value) => value switch
    {
        _ when value.Contains("nginx", StringComparison.OrdinalIgnoreCase) || value.Contains("openresty", StringComparison.OrdinalIgnoreCase) => Software.Nginx,
        _ when value.Contains("haproxy", StringComparison.OrdinalIgnoreCase) => Software.HAProxy,
        _ when value.Contains("apache", StringComparison.OrdinalIgnoreCase) => Software.Apache,
        _ when value.Contains("IIS", StringComparison.Ordinal) || value.Contains("ARR/", StringComparison.Ordinal) => Software.Iis,
        _ when value.Contains("kestrel", StringComparison.OrdinalIgnoreCase) => Software.Kestrel,
        _ when value.Equals("Express", StringComparison.OrdinalIgnoreCase) => Software.Node,
        _ => null,
    };
}
