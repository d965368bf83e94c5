using System.Diagnostics;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Whether a poll that is open lets other requests pass, and brings what the server sends as soon as it sends it.</summary>
internal static class RoundTripProbe
{
    /// <param name="examination">The examination.</param>
    /// <param name="connected">Whether the same namespace answered over WebSocket: then no answer here is the way's fault.</param>
    /// <param name="window">How long to watch the silence after that.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(Examination examination, bool connected, TimeSpan window, CancellationToken cancellationToken)
    {
        examination.Progress("Sending while a poll is open");
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
            var start = Stopwatch.GetTimestamp();
            engine.Poll(examination.Timeout, cancellationToken);
            var connection = await SocketConnection.ConnectAsync(examination, engine, examination.Namespace, cancellationToken).ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(start);
            if (examination.IsOver)
            {
                return;
            }

            if (connection.Answer is not null)
            {
                examination.Good(WireLayer.EngineIO, "round trip", "a POST while a poll is open, and the poll brings the answer at once: nothing buffers it", took);
                if (window > TimeSpan.Zero && !examination.Diagnosis.Has("idle-cut"))
                {
                    await IdleProbe.RunAsync(examination, engine, window, cancellationToken).ConfigureAwait(false);
                }
            }
            else if (engine.LastPost is { IsSuccess: false } post && (post.Failure == HttpFailure.TimedOut || post.Status is 503 or 504))
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
        }
    }
}
