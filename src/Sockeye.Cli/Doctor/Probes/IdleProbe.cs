using System.Diagnostics;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Protocol.Engine;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Whether a silent connection lives until the server's next ping.</summary>
internal static class IdleProbe
{
    // Longer than this nobody waits without having asked for it.
    private static readonly TimeSpan NearPing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long to watch; zero for not at all.</summary>
    public static TimeSpan WindowOf(Examination examination)
    {
        var open = examination.Open!;
        return examination.Options.Idle ?? (open.PingInterval > NearPing ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min((open.PingInterval + open.PingTimeout).Ticks, Patience.Ticks)));
    }

    public static void NotWatched(Examination examination)
    {
        var interval = examination.Open!.PingInterval;
        examination.Plain(WireLayer.EngineIO, "idle", $"not watched: --idle {Math.Ceiling(interval.TotalSeconds + 2)} waits for the next ping, which is {Words.Of(interval)} away");
    }

    public static async Task RunAsync(Examination examination, IEngineTransport engine, TimeSpan window, CancellationToken cancellationToken)
    {
        var open = examination.Open!;
        examination.Progress($"Watching a silent connection for up to {Words.Of(window)}");
        var layer = engine.Name == "websocket" ? WireLayer.WebSocket : WireLayer.Http;
        var what = $"idle, {engine.Name}";
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = window - Stopwatch.GetElapsedTime(start);
            var receipt = left > TimeSpan.Zero ? await engine.ReceiveAsync(left, cancellationToken).ConfigureAwait(false) : EngineReceipt.Timeout;
            var after = Stopwatch.GetElapsedTime(start);
            switch (receipt)
            {
                case { Type: EnginePacketType.Ping }:
                    await engine.SendAsync(EnginePacketType.Pong, receipt.Data, cancellationToken).ConfigureAwait(false);
                    examination.Good(layer, what, $"silent until the server's ping, and alive (pingInterval {Words.Of(open.PingInterval)})", after);
                    return;
                case { Type: EnginePacketType.Close }:
                    examination.Notable(layer, what, "the server closed the session", after);
                    return;
                case { IsTimeout: true } when window >= open.PingInterval + open.PingTimeout:
                    examination.Bad(WireLayer.EngineIO, "ping", $"none within {Words.Of(window)}", after);
                    examination.Find(EngineFindings.PingMissing($"The handshake says pingInterval {Words.Of(open.PingInterval)} and pingTimeout {Words.Of(open.PingTimeout)}; over {engine.Name} no ping came within {Words.Of(window)}."));
                    return;
                case { IsTimeout: true }:
                    examination.Good(layer, what, $"alive after {Words.Of(window)} of silence; the next ping is later", after);
                    return;
                case { Type: null }:
                    examination.Bad(layer, what, $"cut: {receipt.Why}", after);
                    examination.Find(WebSocketFindings.IdleCut($"Over {engine.Name}, silent for {Words.Of(after)}: {receipt.Why}. The server pings every {Words.Of(open.PingInterval)}.", open.PingInterval, engine.Name));
                    return;
            }
        }
    }
}
