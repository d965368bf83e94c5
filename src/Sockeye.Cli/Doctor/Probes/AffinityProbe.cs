using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Whether each session's requests reach the server that has it: many handshakes, each with a second request on another connection.</summary>
internal static class AffinityProbe
{
    public static async Task RunAsync(Examination examination, PollingSession first, CancellationToken cancellationToken)
    {
        var count = Math.Max(1, examination.Options.Handshakes);
        var sids = new HashSet<string>();
        var (lost, saved, start) = (new List<string>(), 0, System.Diagnostics.Stopwatch.GetTimestamp());
        for (var i = 0; i < count; i++)
        {
            examination.Progress($"Handshake {i + 1} of {count}");
            var session = first;
            if (i > 0)
            {
                var (next, answer) = await PollingSession.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
                if (next is null)
                {
                    examination.Bad(WireLayer.EngineIO, "affinity", $"handshake {i + 1} of {count}: {answer}");
                    examination.Find(EngineFindings.Unsteady($"Handshake {i + 1} of {count}: {answer}. The ones before succeeded."));
                    return;
                }

                session = next;
            }

            if (!sids.Add(session.Open.Sid))
            {
                examination.Bad(WireLayer.Http, "cache", $"two handshakes gave the same session, {Excerpt.Of(session.Open.Sid, 40)}");
                examination.Find(HttpFindings.Cached($"Handshake {i + 1} gave the session {Excerpt.Of(session.Open.Sid, 40)}, which an earlier one had given already."));
                examination.End();
                return;
            }

            var result = await PostAsync(examination, session, withCookies: false, cancellationToken).ConfigureAwait(false);
            if (result is not null && session.Cookies.Count > 0)
            {
                result = await PostAsync(examination, session, withCookies: true, cancellationToken).ConfigureAwait(false);
                saved += result is null ? 1 : 0;
            }

            if (result is { } failure)
            {
                if (failure.IsFinal)
                {
                    examination.Bad(WireLayer.Http, "POST", failure.Answer.ToString(), failure.Answer.Total);
                    examination.Find(HttpFindings.PostFails(failure.Answer));
                    examination.HasAffinity = false;
                    return;
                }

                lost.Add(failure.Answer.ToString());
            }
        }

        Judge(examination, count, lost, saved, System.Diagnostics.Stopwatch.GetElapsedTime(start));
    }

    private static void Judge(Examination examination, int count, List<string> lost, int saved, TimeSpan took)
    {
        if (lost.Count > 0)
        {
            examination.HasAffinity = false;
            examination.Bad(WireLayer.EngineIO, "affinity", $"{lost.Count} of {Words.Count(count, "session")} unknown to the server that got their second request", took);
            examination.Find(EngineFindings.NoAffinity($"{lost.Count} of {count} times, the request after the handshake was answered by a server that does not know the session: {lost[0]}."));
        }
        else if (saved > 0)
        {
            examination.Notable(WireLayer.EngineIO, "affinity", $"by cookie: {saved} of {Words.Count(count, "session")} known only with the cookies sent back", took);
            examination.Find(EngineFindings.AffinityByCookie($"{saved} of {count} times, the request after the handshake was refused without the session's cookies and taken with them."));
        }
        else
        {
            examination.Good(WireLayer.EngineIO, "affinity", $"{Words.Count(count, "handshake")}, each followed by a request on another connection: every session was known", took);
        }
    }

    /// <summary>Closes the session by a request of its own. Null where the server knew it.</summary>
    private static async Task<(HttpAnswer Answer, bool IsFinal)?> PostAsync(Examination examination, PollingSession session, bool withCookies, CancellationToken cancellationToken)
    {
        // The close packet, in the format of the revision: 3 counts the length before it.
        var payload = examination.Options.Revision == 3 ? "1:1"u8 : "1"u8;
        var answer = await examination.SendAsync(session.Post(payload.ToArray(), withCookies), cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess ? null : (answer, EngineError.Read(answer)?.Code != EngineError.SessionUnknown);
    }
}
