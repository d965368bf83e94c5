using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 4, with the request that every client begins with: the Engine.IO handshake by polling.</summary>
internal static class HttpProbe
{
    /// <summary>The first session, where polling gives one. Without one, WebSocket may still work: then the finding says that polling does not.</summary>
    public static async Task<PollingSession?> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        examination.Progress("Asking for an Engine.IO handshake by polling");
        var (session, answer) = await PollingSession.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
        var proxies = Proxies.Seen(answer);
        if (answer.Status > 0)
        {
            examination.Good(WireLayer.Http, "request", $"{answer.Request.Method} {answer.Request.ShownTarget} → {answer.Status} {Excerpt.Of(answer.Reason, 40)}".TrimEnd() + $", first byte after {Words.Of(answer.FirstByte)}", answer.Total);
            examination.Plain(WireLayer.Http, "on the way", proxies.Count == 0 ? "no proxy or server names itself (Via, Server, …)" : string.Join("; ", proxies));
        }
        else
        {
            examination.Bad(WireLayer.Http, "request", answer.ToString(), answer.Total);
        }

        if (session is null)
        {
            await JudgeAsync(examination, answer, cancellationToken).ConfigureAwait(false);
            return null;
        }

        var handshake = Handshake.Read(answer);
        if (handshake.Revision != examination.Options.Revision && examination.Options.Revision == 4)
        {
            examination.Bad(WireLayer.EngineIO, "polling", $"the server answers in the format of Engine.IO 3: {Excerpt.Of(answer.Body)}", answer.Total);
            examination.Find(EngineFindings.ServerOfVersion2(answer));
            examination.End();
            return null;
        }

        examination.PollingWorks = true;
        examination.Open = session.Open;
        var open = session.Open;
        examination.Good(
            WireLayer.EngineIO, "polling",
            $"EIO {examination.Options.Revision}, session {Excerpt.Of(open.Sid, 40)}, upgrades [{Excerpt.Of(string.Join(", ", open.Upgrades), 40)}], pingInterval {Words.Of(open.PingInterval)}, pingTimeout {Words.Of(open.PingTimeout)}, maxPayload {(open.MaxPayload == 0 ? "not said" : Words.Bytes(open.MaxPayload))}",
            answer.Total);
        Describe(examination, session);
        return session;
    }

    private static void Describe(Examination examination, PollingSession session)
    {
        foreach (var cookie in session.Cookies)
        {
            examination.Plain(WireLayer.Http, "cookie", $"{Excerpt.Of(cookie.Name, 40)}{(cookie.Attributes.Length > 0 ? $"; {Excerpt.Of(cookie.Attributes, 80)}" : "")}");
        }

        if (session.Open.Upgrades.Count == 0)
        {
            examination.Find(WebSocketFindings.NotOffered());
        }
    }

    private static async Task JudgeAsync(Examination examination, HttpAnswer answer, CancellationToken cancellationToken)
    {
        if (examination.IsOver)
        {
            return;
        }

        if (!examination.UsesTls && LooksLikeTls(answer) && await examination.Dialer.SpeaksTlsAsync(examination.Timeout, cancellationToken).ConfigureAwait(false))
        {
            examination.Bad(WireLayer.Tls, "handshake", "not made, for the address says http; but the port answers one");
            examination.Find(TlsFindings.HttpToHttpsPort(examination.Target.Url.Port, $"In clear: {answer}. A TLS handshake on the same port succeeds."));
            examination.End();
            return;
        }

        if (RedirectJudge.Judge(examination, answer) is { } redirect)
        {
            examination.Bad(WireLayer.Http, "redirect", $"to {Excerpt.Of(answer["Location"]!)}");
            examination.Find(redirect);
            examination.End();
            return;
        }

        if (Definite(examination, answer) is { } finding)
        {
            examination.Find(finding);
            examination.End();
            return;
        }

        // What is left may be polling alone, or the path.
        if (await WebSocketWorksAsync(examination, cancellationToken).ConfigureAwait(false))
        {
            examination.Find(Handshake.Read(answer).Error is null ? HttpFindings.PollingBlocked(answer) : EngineFindings.PollingDisabled($"{answer}, while the WebSocket handshake at the same path succeeds."));
            return;
        }

        if (Handshake.Read(answer).Error is not null)
        {
            await JudgeTransportAsync(examination, answer, cancellationToken).ConfigureAwait(false);
            return;
        }

        examination.Find(await PathProbe.JudgeAsync(examination, answer, cancellationToken).ConfigureAwait(false));
        examination.End();
    }

    /// <summary>The server knows no transport "polling", or saw none. Of one that it knows it says something else, even where the request is none to upgrade.</summary>
    private static async Task JudgeTransportAsync(Examination examination, HttpAnswer answer, CancellationToken cancellationToken)
    {
        var other = await examination.SendAsync(examination.Request("GET", examination.EngineTarget("websocket")), cancellationToken).ConfigureAwait(false);
        if (Handshake.Read(other).Error?.Code == EngineError.TransportUnknown)
        {
            examination.Find(HttpFindings.QueryStripped(answer));
            examination.End();
            return;
        }

        examination.Find(EngineFindings.PollingDisabled($"{answer}, while it does not say so of the transport websocket: {other}."));
    }

    /// <summary>What needs no further question.</summary>
    private static Finding? Definite(Examination examination, HttpAnswer answer) => answer switch
    {
        { Status: 0, Failure: HttpFailure.NotConnected } => HttpFindings.NotConnected(answer),
        { Status: 0, Failure: HttpFailure.NotHttp } => HttpFindings.NotHttp(answer),
        { Status: 0, Failure: HttpFailure.Closed } => HttpFindings.Closed(answer),
        _ when Handshake.Read(answer).Error is { } error => error.Code switch
        {
            EngineError.VersionUnsupported => examination.Options.Revision == 3 ? EngineFindings.RevisionRefused(answer, isNeeded: true) : EngineFindings.Revision4Refused(answer),
            EngineError.TransportUnknown => null,
            _ => EngineFindings.RequestRefused(answer, error),
        },
        { Status: 401 or 407 } => HttpFindings.Unauthorized(answer),
        { Status: 502 } => HttpFindings.BadGateway(answer),
        { Status: 503 } => HttpFindings.Unavailable(answer),
        { Status: 504 } => HttpFindings.GatewayTimeout(answer),
        { Status: >= 500 } => HttpFindings.ServerError(answer),
        _ => null,
    };

    // A TLS server answers a request in clear with an alert, with nothing, or (nginx, Apache) with a 400 that says it.
    private static bool LooksLikeTls(HttpAnswer answer) =>
        answer.Failure is HttpFailure.Closed or HttpFailure.NotHttp or HttpFailure.TimedOut || (answer.Status == 400 && Handshake.Read(answer).Error is null);

    private static async Task<bool> WebSocketWorksAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.Revision != 4)
        {
            return false;
        }

        var handshake = await WebSocketHandshake.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
        if (handshake.Engine is not { } engine)
        {
            return false;
        }

        await using (engine.ConfigureAwait(false))
        {
            return (await engine.ReceiveAsync(examination.Timeout, cancellationToken).ConfigureAwait(false)).Type == Sockeye.Protocol.Engine.EnginePacketType.Open;
        }
    }
}
