using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 6, what else is to be known of the endpoint: the other revision, the slash, compression.</summary>
internal static class EngineProbe
{
    public static async Task RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        await OtherRevisionAsync(examination, cancellationToken).ConfigureAwait(false);
        await TrailingSlashAsync(examination, cancellationToken).ConfigureAwait(false);
        await CompressionAsync(examination, cancellationToken).ConfigureAwait(false);
    }

    private static async Task OtherRevisionAsync(Examination examination, CancellationToken cancellationToken)
    {
        examination.Progress("Asking for the other revision of Engine.IO");
        var other = examination.Options.Revision == 4 ? 3 : 4;
        var answer = await examination.SendAsync(examination.Request("GET", examination.EngineTarget("polling", revision: other)), cancellationToken).ConfigureAwait(false);
        var handshake = Handshake.Read(answer);
        if (handshake.Open is not null && handshake.Revision == other)
        {
            examination.Plain(WireLayer.EngineIO, $"EIO {other}", other == 3 ? "taken: clients of Socket.IO 2 can connect, too" : "taken: clients of Socket.IO 3 and 4 can connect, too", answer.Total);
        }
        else
        {
            examination.Plain(WireLayer.EngineIO, $"EIO {other}", $"refused: {answer.Outcome}", answer.Total);
            if (other == 3)
            {
                examination.Find(EngineFindings.RevisionRefused(answer, isNeeded: false));
            }
        }
    }

    private static async Task TrailingSlashAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Path == "/")
        {
            return;
        }

        // A Node server without other routes never answers what it does not know, so this one is not waited for long.
        var bare = examination.Path.TrimEnd('/');
        var request = examination.Request("GET", examination.EngineTarget("polling", path: bare)) with { Timeout = TimeSpan.FromSeconds(1) };
        var answer = await examination.SendAsync(request, cancellationToken).ConfigureAwait(false);
        examination.Plain(WireLayer.EngineIO, "trailing slash", Handshake.Read(answer).Open is not null ? $"{bare} works as well as {examination.Path}" : $"needed: {bare} → {(answer.Status > 0 ? answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) : answer.Error)}", answer.Total);
    }

    private static async Task CompressionAsync(Examination examination, CancellationToken cancellationToken)
    {
        var request = examination.Request("GET", $"{examination.Path}socket.io.js", [new("Accept-Encoding", "gzip, deflate, br")]) with { Timeout = TimeSpan.FromSeconds(2) };
        var answer = await examination.SendAsync(request, cancellationToken).ConfigureAwait(false);
        examination.Plain(WireLayer.Http, "compression", answer.IsSuccess
            ? $"of the client's script that the server offers: {Excerpt.Of(answer["Content-Encoding"] ?? "none", 40)}; of polling answers, servers compress those above 1 kB"
            : "not to be seen: the server offers no script; of polling answers, servers compress those above 1 kB");
    }
}
