using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Whether bodies as large as the server announces get through to it.</summary>
internal static class PayloadProbe
{
    private const long Default = 1_000_000;
    private const long Most = 4_000_000;
    private const long Least = 500;

    public static async Task RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        var maxPayload = examination.Open!.MaxPayload;
        var size = Math.Min(maxPayload > 0 ? maxPayload : Default, Most);
        examination.Progress($"Sending {Words.Bytes(size)}");
        var answer = await TryAsync(examination, size, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccess)
        {
            examination.Good(WireLayer.Http, "payload", $"a POST of {Words.Bytes(size)} gets through{(maxPayload > 0 ? $" (maxPayload {Words.Bytes(maxPayload)})" : "; the server announces no maxPayload")}", answer.Total);
            return;
        }

        var isLimit = answer.Status == 413 || answer is { Status: 0, Failure: HttpFailure.Closed };
        // Of a server that announces no limit, it may be the server's own.
        var isProxys = isLimit && maxPayload > 0;
        examination.See(WireLayer.Http, isProxys ? Mark.Bad : Mark.Notable, "payload", $"a POST of {Words.Bytes(size)} → {answer.Outcome}{(maxPayload > 0 ? "" : "; the server announces no maxPayload")}", answer.Total);
        if (isProxys && !examination.IsOver)
        {
            var passing = await FindPassingAsync(examination, size, cancellationToken).ConfigureAwait(false);
            examination.Find(HttpFindings.BodyLimit(answer, size, maxPayload, passing == 0 ? "No smaller one that was tried passed." : $"One of {Words.Bytes(passing)} passes."));
        }
    }

    private static async Task<long> FindPassingAsync(Examination examination, long size, CancellationToken cancellationToken)
    {
        for (size /= 2; size >= Least; size /= 2)
        {
            if ((await TryAsync(examination, size, cancellationToken).ConfigureAwait(false)).IsSuccess)
            {
                return size;
            }
        }

        return 0;
    }

    /// <summary>Sends a pong, whose data no server looks at, and closes the session.</summary>
    private static async Task<HttpAnswer> TryAsync(Examination examination, long size, CancellationToken cancellationToken)
    {
        var (session, answer) = await PollingSession.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
        if (session is null)
        {
            return answer;
        }

        var body = new byte[size];
        body.AsSpan().Fill((byte)'x');
        "3"u8.CopyTo(body);
        "\u001e1"u8.CopyTo(body.AsSpan(body.Length - 2));
        return await examination.SendAsync(session.Post(body), cancellationToken).ConfigureAwait(false);
    }
}
