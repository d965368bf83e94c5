using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 5: a session over WebSocket from its first byte, and what is offered with it.</summary>
internal static class WebSocketProbe
{
    public static async Task RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination is { PollingWorks: true, Open.Upgrades.Count: 0 })
        {
            examination.Plain(WireLayer.WebSocket, "handshake", "not tried: the server does not offer it");
            return;
        }

        examination.Progress("Asking for an Engine.IO handshake by WebSocket");
        var handshake = await WebSocketHandshake.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
        if (handshake.Engine is not { } engine)
        {
            examination.Bad(WireLayer.WebSocket, "handshake", handshake.Answer.ToString(), handshake.Answer.Total);
            var finding = await JudgeAsync(examination, handshake, cancellationToken).ConfigureAwait(false);
            examination.Find(examination.PollingWorks ? finding with { Evidence = $"{finding.Evidence} Polling works at the same path." } : finding);
            return;
        }

        examination.Good(WireLayer.WebSocket, "handshake", $"GET {handshake.Answer.Request.ShownTarget} → 101 {Excerpt.Of(handshake.Answer.Reason, 40)}", handshake.Answer.Total);
        await using (engine.ConfigureAwait(false))
        {
            await OpenAsync(examination, engine, cancellationToken).ConfigureAwait(false);
        }

        if (examination.WebSocketWorks)
        {
            await CompressionAsync(examination, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task OpenAsync(Examination examination, WebSocketEngine engine, CancellationToken cancellationToken)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var receipt = await engine.ReceiveAsync(examination.Timeout, cancellationToken).ConfigureAwait(false);
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        if (receipt.Type == EnginePacketType.Open && OpenPayload.TryParse(receipt.Data, out var open) && open is not null)
        {
            examination.WebSocketWorks = true;
            examination.Open ??= open;
            examination.Good(WireLayer.EngineIO, "websocket", $"EIO {examination.Options.Revision}, session {Excerpt.Of(open.Sid, 40)}", took);
            return;
        }

        examination.Bad(WireLayer.WebSocket, "first frame", receipt.Type is { } type ? $"{type}, in place of the open packet" : receipt.Why, took);
        examination.Find(receipt.IsTimeout
            ? WebSocketFindings.Silent($"101 Switching Protocols came, and then no Engine.IO open packet within {Words.Of(examination.Timeout)}.")
            : WebSocketFindings.ClosedAtOnce($"101 Switching Protocols came, and then: {(receipt.Type is null ? receipt.Why : Excerpt.Of(receipt.Data))}."));
    }

    private static async Task<Finding> JudgeAsync(Examination examination, WebSocketHandshake handshake, CancellationToken cancellationToken)
    {
        var answer = handshake.Answer;
        if (handshake.WrongAccept is { } wrong)
        {
            return WebSocketFindings.WrongAccept(wrong);
        }

        if (examination.Options.Origin is { } origin && answer.Status is 400 or 403)
        {
            var without = await WebSocketHandshake.OpenAsync(examination, cancellationToken, withOrigin: false).ConfigureAwait(false);
            if (without.Engine is { } engine)
            {
                await engine.DisposeAsync().ConfigureAwait(false);
                return WebSocketFindings.OriginRefused(answer, examination.Options.Origin);
            }
        }

        return answer switch
        {
            { Failure: HttpFailure.TimedOut, Status: 0 } => WebSocketFindings.NoAnswer(answer),
            { Status: 0 } => WebSocketFindings.Dropped(answer),
            _ when EngineError.Read(answer) is { } error => error.Code switch
            {
                EngineError.Forbidden => WebSocketFindings.Refused(answer),
                _ => WebSocketFindings.HeadersMissing(answer),
            },
            // The official server answers what came to it as a request to upgrade with a text, and what did not with JSON.
            { Status: 400, IsHtml: false } when answer["Content-Type"]?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true => WebSocketFindings.Refused(answer),
            { Status: 400 or 426 or 505 } => WebSocketFindings.HeadersMissing(answer),
            { Status: 502 or 503 or 504 } => WebSocketFindings.Gateway(answer),
            { Status: >= 200 and < 400 } => WebSocketFindings.Ignored(answer),
            _ => WebSocketFindings.Blocked(answer),
        };
    }

    private static async Task CompressionAsync(Examination examination, CancellationToken cancellationToken)
    {
        var handshake = await WebSocketHandshake.OpenAsync(examination, cancellationToken, headers: [new("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]).ConfigureAwait(false);
        if (handshake.Engine is { } engine)
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            var accepted = handshake.Answer["Sec-WebSocket-Extensions"];
            examination.Plain(WireLayer.WebSocket, "compression", accepted is null ? "permessage-deflate offered, not taken (the default of Socket.IO servers)" : $"the server takes {Excerpt.Of(accepted, 80)}");
        }
    }
}
