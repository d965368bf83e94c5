using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Where else the endpoint may be, when it is not at the path.</summary>
internal static class PathProbe
{
    private const string Default = "/socket.io/";

    public static async Task<Finding> JudgeAsync(Examination examination, HttpAnswer answer, CancellationToken cancellationToken)
    {
        examination.Progress("Looking for the endpoint at other paths");
        if (await FindAsync(examination, cancellationToken).ConfigureAwait(false) is { } other)
        {
            examination.Notable(WireLayer.Http, "other paths", $"an Engine.IO server answers at {other}");
            var ns = "/" + examination.Path.Trim('/');
            return other == Default && await HasNamespaceAsync(examination, other, ns, cancellationToken).ConfigureAwait(false)
                ? HttpFindings.NamespaceMistakenForPath(examination.Path, ns, answer, other)
                : HttpFindings.WrongPath(answer, examination.Path, other);
        }

        return answer switch
        {
            { Failure: HttpFailure.TimedOut, Status: 0 } => HttpFindings.NoAnswer(answer, Words.Of(examination.Timeout)),
            { Status: 404 or 405 or 410 } => HttpFindings.WrongPath(answer, examination.Path, null),
            { Status: 403 } => HttpFindings.Forbidden(answer),
            { IsSuccess: true, IsHtml: true } => HttpFindings.HtmlInstead(answer),
            _ => HttpFindings.UnexpectedStatus(answer),
        };
    }

    private static async Task<string?> FindAsync(Examination examination, CancellationToken cancellationToken)
    {
        var own = examination.Target.Url.AbsolutePath.Trim('/');
        string[] candidates = [Default, $"{examination.Path}socket.io/", own.Length > 0 ? $"/{own}/socket.io/" : Default, own.Length > 0 ? $"/{own}/" : Default, "/engine.io/", "/api/socket.io/", "/ws/", "/socket/"];
        var asked = candidates.Where(path => path != examination.Path).Distinct().Select(async path =>
        {
            var request = examination.Request("GET", examination.EngineTarget("polling", path: path));
            var answer = await HttpExchange.SendAsync(examination.Dialer, request, examination.Timeout, cancellationToken).ConfigureAwait(false);
            return (path, Handshake.Read(answer).Open is not null);
        }).ToList();
        return (await Task.WhenAll(asked).ConfigureAwait(false)).FirstOrDefault(result => result.Item2).path;
    }

    private static async Task<bool> HasNamespaceAsync(Examination examination, string path, string ns, CancellationToken cancellationToken)
    {
        if (ns == "/" || (await PollingSession.OpenAsync(examination, cancellationToken, path).ConfigureAwait(false)).Session is not { } session)
        {
            return false;
        }

        var engine = new PollingEngine(examination, session);
        await using (engine.ConfigureAwait(false))
        {
            var connected = await SocketConnection.ConnectAsync(examination, engine, ns, cancellationToken).ConfigureAwait(false);
            return connected.IsConnected || connected.IsRefused;
        }
    }
}
