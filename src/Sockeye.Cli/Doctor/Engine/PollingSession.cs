using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>A session that was opened by polling, and the requests that belong to it.</summary>
internal sealed class PollingSession(Examination examination, OpenPayload open, IReadOnlyList<Cookie> cookies, string? path = null)
{
    public OpenPayload Open { get; } = open;

    /// <summary>What the server asked to be sent back with each request.</summary>
    public IReadOnlyList<Cookie> Cookies { get; } = cookies;

    /// <summary>Opens a session. The answer says why where there is none.</summary>
    public static async Task<(PollingSession? Session, HttpAnswer Answer)> OpenAsync(Examination examination, CancellationToken cancellationToken, string? path = null)
    {
        var answer = await examination.SendAsync(examination.Request("GET", examination.EngineTarget("polling", path: path)), cancellationToken).ConfigureAwait(false);
        var handshake = Handshake.Read(answer);
        return (handshake.Open is { } open ? new(examination, open, Cookie.Of(answer), path) : null, answer);
    }

    public HttpRequest Get() => examination.Request("GET", examination.EngineTarget("polling", sid: Open.Sid, path: path), Headers());

    public HttpRequest Post(byte[] payload, bool withCookies = true) =>
        examination.Request("POST", examination.EngineTarget("polling", sid: Open.Sid, path: path), [new("Content-Type", "text/plain;charset=UTF-8"), .. withCookies ? Headers() : []]) with { Body = payload };

    /// <summary>The headers of every request: the cookies.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers() => Cookies.Count == 0 ? [] : [new("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")))];
}

/// <summary>A cookie that the server set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Attributes">What stands behind it: "Path=/; HttpOnly; SameSite=Lax".</param>
internal sealed record Cookie(string Name, string Value, string Attributes)
{
    public static IReadOnlyList<Cookie> Of(HttpAnswer answer) => [.. answer.All("Set-Cookie").Select(Parse).OfType<Cookie>()];

    private static Cookie? Parse(string header)
    {
        var pair = header.Split(';', 2);
        var at = pair[0].IndexOf('=', StringComparison.Ordinal);
        return at <= 0 ? null : new(pair[0][..at].Trim(), pair[0][(at + 1)..].Trim(), pair.Length > 1 ? pair[1].Trim() : "");
    }
}
