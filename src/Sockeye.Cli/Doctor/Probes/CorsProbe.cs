using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Whether a browser would let a page of the given origin read the answers (the Fetch standard, "CORS check").</summary>
internal static class CorsProbe
{
    public static async Task RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.Origin is not { } origin)
        {
            examination.Plain(WireLayer.Http, "CORS", "not looked at: --origin https://the-page.example asks for it");
            return;
        }

        if (origin.Equals(examination.Origin, StringComparison.OrdinalIgnoreCase))
        {
            examination.Good(WireLayer.Http, "CORS", $"pages of {origin} have the same origin and need none");
            return;
        }

        examination.Progress($"Asking as a page of {origin}");
        var answer = await examination.SendAsync(examination.Request("GET", examination.EngineTarget("polling"), [new("Origin", origin)]), cancellationToken).ConfigureAwait(false);
        var saw = $"Access-Control-Allow-Origin: {Excerpt.Of(answer["Access-Control-Allow-Origin"] ?? "(missing)", 80)}, Access-Control-Allow-Credentials: {Excerpt.Of(answer["Access-Control-Allow-Credentials"] ?? "(missing)", 20)}";
        var finding = Judge(examination, answer, origin, $"Asked with Origin: {origin}; the answer says {saw}.");
        examination.See(WireLayer.Http, finding is null ? Mark.Good : Mark.Bad, "CORS", saw, answer.Total);
        if (finding is not null)
        {
            examination.Find(finding);
            return;
        }

        await PreflightAsync(examination, origin, cancellationToken).ConfigureAwait(false);
    }

    private static Finding? Judge(Examination examination, HttpAnswer answer, string origin, string evidence)
    {
        var allowed = answer.All("Access-Control-Allow-Origin");
        var credentials = answer["Access-Control-Allow-Credentials"] == "true";
        return allowed switch
        {
            [] => CorsFindings.Missing(origin, evidence),
            [_, _, ..] => CorsFindings.Twice(evidence),
            [var one] when one.Contains(',', StringComparison.Ordinal) => CorsFindings.Twice(evidence),
            ["*"] when credentials || examination.Options.Credentials => CorsFindings.Wildcard(origin, evidence),
            ["*"] => null,
            [var one] when !one.Equals(origin, StringComparison.Ordinal) => CorsFindings.OtherOrigin(origin, evidence),
            _ when examination.Options.Credentials && !credentials => CorsFindings.CredentialsMissing(origin, evidence),
            _ => null,
        };
    }

    /// <summary>Engine.IO's own requests are simple ones. Only with headers of the user's does a browser ask first.</summary>
    private static async Task PreflightAsync(Examination examination, string origin, CancellationToken cancellationToken)
    {
        var headers = string.Join(",", examination.Target.Headers.Select(header => header.Key.ToLowerInvariant()).Where(name => name != "origin").Order(StringComparer.Ordinal));
        var request = new HttpRequest("OPTIONS", examination.EngineTarget("polling"))
        {
            // A browser sends none of the user's headers with a preflight.
            Headers =
            [
                .. examination.Request("OPTIONS", "/").Headers.Where(header => !examination.Target.Headers.Contains(header)),
                new("Origin", origin),
                new("Access-Control-Request-Method", "GET"),
                .. headers.Length > 0 ? [new("Access-Control-Request-Headers", headers)] : Array.Empty<KeyValuePair<string, string>>(),
            ],
        };
        var answer = await examination.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var allowed = answer["Access-Control-Allow-Headers"];
        var passes = answer.IsSuccess && answer["Access-Control-Allow-Origin"] is { } one && (one == "*" || one == origin) && Allows(allowed, headers, examination.Options.Credentials);
        var saw = $"OPTIONS{(headers.Length > 0 ? $" for the headers {headers}" : "")} → {answer.Outcome}{(allowed is null ? "" : $", allows the headers {Excerpt.Of(allowed, 80)}")}";
        examination.See(WireLayer.Http, passes ? Mark.Good : headers.Length > 0 ? Mark.Bad : Mark.Plain, "preflight", headers.Length > 0 ? saw : $"{saw}; a browser makes one only for extra headers", answer.Total);
        if (!passes && headers.Length > 0)
        {
            examination.Find(CorsFindings.PreflightFails(origin, $"{saw}."));
        }
    }

    private static bool Allows(string? allowed, string headers, bool credentials)
    {
        if (headers.Length == 0)
        {
            return true;
        }

        var names = (allowed ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return headers.Split(',').All(name => names.Contains(name, StringComparer.OrdinalIgnoreCase) || (names is ["*"] && !credentials));
    }
}
