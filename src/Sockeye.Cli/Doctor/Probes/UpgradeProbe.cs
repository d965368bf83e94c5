using System.Diagnostics;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>The upgrade of a session from polling to WebSocket, as every browser makes it: ping "probe", pong "probe", noop to the open poll, upgrade.</summary>
internal static class UpgradeProbe
{
    public static async Task RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        examination.Progress("Upgrading a session from polling to WebSocket");
        var start = Stopwatch.GetTimestamp();
        var (session, answer) = await PollingSession.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
        var failure = session is null ? answer.ToString() : await TryAsync(examination, session, cancellationToken).ConfigureAwait(false);
        if (failure is null)
        {
            examination.Good(WireLayer.EngineIO, "upgrade", "2probe → 3probe, noop to the open poll, 5: the session moved from polling to WebSocket", Stopwatch.GetElapsedTime(start));
            return;
        }

        examination.Bad(WireLayer.EngineIO, "upgrade", failure, Stopwatch.GetElapsedTime(start));
        if (!examination.Diagnosis.Has("polling-buffered"))
        {
            examination.Find(WebSocketFindings.UpgradeFails($"{failure}."));
        }
    }

    /// <summary>Null where it succeeds.</summary>
    private static async Task<string?> TryAsync(Examination examination, PollingSession session, CancellationToken cancellationToken)
    {
        var polling = examination.SendAsync(session.Get(), cancellationToken);
        var handshake = await WebSocketHandshake.OpenAsync(examination, cancellationToken, session.Open.Sid, session.Headers()).ConfigureAwait(false);
        if (handshake.Engine is not { } engine)
        {
            await polling.ConfigureAwait(false);
            return handshake.Answer.ToString();
        }

        await using (engine.ConfigureAwait(false))
        {
            var failure = await ProbeAsync(examination, engine, cancellationToken).ConfigureAwait(false);
            // Only when no poll is open may the client send the upgrade packet; the server lets the poll go with a noop.
            var poll = await polling.ConfigureAwait(false);
            if (failure is null && poll.Failure == HttpFailure.TimedOut)
            {
                examination.Find(HttpFindings.PollingBuffered($"The probe was answered over WebSocket, with which the server lets the open poll go; the poll brought nothing within {Words.Of(examination.Timeout)}."));
            }

            if (failure is null && !poll.IsSuccess)
            {
                failure = $"the probe was answered, and the open poll was not let go: {poll}";
            }

            return failure ?? await engine.SendAsync(EnginePacketType.Upgrade, default, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string?> ProbeAsync(Examination examination, WebSocketEngine engine, CancellationToken cancellationToken)
    {
        if (await engine.SendAsync(EnginePacketType.Ping, "probe"u8.ToArray(), cancellationToken).ConfigureAwait(false) is { } unsent)
        {
            return unsent;
        }

        var receipt = await engine.ReceiveAsync(examination.Timeout, cancellationToken).ConfigureAwait(false);
        return receipt.Type == EnginePacketType.Pong && receipt.Data.AsSpan().SequenceEqual("probe"u8)
            ? null
            : $"2probe was answered by {(receipt.Type is { } type ? $"{type} {Excerpt.Of(receipt.Data)}" : receipt.Why)}";
    }
}
