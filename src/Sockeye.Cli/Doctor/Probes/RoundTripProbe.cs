using System.Diagnostics;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Whether a poll that is open lets other requests pass, and brings what the server sends as soon as it sends it.</summary>
internal static class RoundTripProbe
{
    // Which of two requests a proxy lets through first is not for us to say, so one that passes proves little.
    private const int Rounds = 3;

    // Nothing tells when a poll has reached the server: it is answered only when something happens there.
    private static readonly TimeSpan UntilPollArrives = TimeSpan.FromMilliseconds(250);

    /// <param name="examination">The examination.</param>
    /// <param name="connected">Whether the same namespace answered over WebSocket: then no answer here is the way's fault.</param>
    /// <param name="window">How long to watch the silence after that.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(Examination examination, bool connected, TimeSpan window, CancellationToken cancellationToken)
    {
        examination.Progress("Sending while a poll is open");
        for (var round = 1; round <= Rounds; round++)
        {
            var (session, answer) = await PollingSession.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
            if (session is null)
            {
                examination.Bad(WireLayer.EngineIO, "polling", answer.ToString(), answer.Total);
                examination.Find(EngineFindings.Unsteady($"{answer}. Handshakes before succeeded."));
                return;
            }

            var engine = new PollingEngine(examination, session);
            await using (engine.ConfigureAwait(false))
            {
                if (!await PassesAsync(examination, engine, connected, isLast: round == Rounds, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                if (round == Rounds && window > TimeSpan.Zero && !examination.Diagnosis.Has("idle-cut"))
                {
                    await IdleProbe.RunAsync(examination, engine, window, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<bool> PassesAsync(Examination examination, PollingEngine engine, bool connected, bool isLast, CancellationToken cancellationToken)
    {
        await engine.PollAsync(cancellationToken).ConfigureAwait(false);
        await Task.Delay(UntilPollArrives, cancellationToken).ConfigureAwait(false);
        var start = Stopwatch.GetTimestamp();
        var connection = await SocketConnection.ConnectAsync(examination, engine, examination.Namespace, cancellationToken).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(start);
        if (examination.IsOver)
        {
            return false;
        }

        if (connection.Answer is not null)
        {
            if (isLast)
            {
                examination.Good(WireLayer.EngineIO, "round trip", "a POST while a poll is open, and the poll brings the answer at once: nothing buffers it", took);
            }

            return true;
        }

        if (engine.LastPost is { IsSuccess: false } post && (post.Failure == HttpFailure.TimedOut || post.Status is 503 or 504))
        {
            examination.Bad(WireLayer.Http, "round trip", $"the POST beside an open poll: {post.Outcome}", took);
            examination.Find(HttpFindings.RequestsSerialised($"With a poll open, {post}. Alone, POSTs are answered at once."));
        }
        else if (connected && engine.LastPost is { IsSuccess: true } && connection.Receipt.IsTimeout)
        {
            examination.Bad(WireLayer.Http, "round trip", $"the poll brought nothing within {Words.Of(examination.Timeout)}", took);
            examination.Find(HttpFindings.PollingBuffered($"A CONNECT was taken by POST, and the open poll brought no answer within {Words.Of(examination.Timeout)}. Over WebSocket the same answer came."));
        }
        else
        {
            examination.Notable(WireLayer.EngineIO, "round trip", connection.Receipt.Why, took);
        }

        return false;
    }
}
