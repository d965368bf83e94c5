using System.Text;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>A machine on a clock of whole milliseconds that the test turns.</summary>
internal sealed class EngineScript
{
    public const int PingInterval = 300;
    public const int PingTimeout = 200;
    public const int UpgradeTimeout = 1_000;
    public const int CloseTimeout = 30_000;

    private static readonly TimeSpan Origin = TimeSpan.FromDays(1);

    private EngineScript(EngineRole role, EngineMachineOptions options) => Machine = new EngineMachine(role, options, Origin);

    public EngineMachine Machine { get; }

    /// <summary>Milliseconds since the machine was made.</summary>
    public int Now { get; private set; }

    public TimeSpan Instant => Origin + TimeSpan.FromMilliseconds(Now);

    /// <summary>The machine's deadline in milliseconds since it was made; null for never.</summary>
    public double? Deadline => Machine.Deadline == TimeSpan.MaxValue ? null : (Machine.Deadline - Origin).TotalMilliseconds;

    public static EngineScript Server(int pingInterval = PingInterval, int pingTimeout = PingTimeout, int upgradeTimeout = UpgradeTimeout, int closeTimeout = CloseTimeout) =>
        new(EngineRole.Server, Options(pingInterval, pingTimeout, upgradeTimeout, closeTimeout));

    /// <summary>A server whose client speaks revision 3 and sends the pings.</summary>
    public static EngineScript ServerV3(int pingInterval = PingInterval, int pingTimeout = PingTimeout) =>
        new(EngineRole.Server, Options(pingInterval, pingTimeout, UpgradeTimeout, CloseTimeout) with { ClientSendsPings = true });

    /// <summary>A client before the handshake.</summary>
    public static EngineScript OpeningClient() => new(EngineRole.Client, Options(1, 1, UpgradeTimeout, CloseTimeout));

    /// <summary>A client of revision 3, which sends the pings, before the handshake.</summary>
    public static EngineScript OpeningClientV3() => new(EngineRole.Client, Options(1, 1, UpgradeTimeout, CloseTimeout) with { ClientSendsPings = true });

    /// <summary>A client of revision 3 that got the handshake at 0 ms.</summary>
    public static EngineScript ClientV3(int pingInterval = PingInterval, int pingTimeout = PingTimeout) => Opened(OpeningClientV3(), pingInterval, pingTimeout);

    /// <summary>A client that got the handshake at 0 ms.</summary>
    public static EngineScript Client(int pingInterval = PingInterval, int pingTimeout = PingTimeout) => Opened(OpeningClient(), pingInterval, pingTimeout);

    private static EngineScript Opened(EngineScript script, int pingInterval, int pingTimeout)
    {
        Assert.Equal(EngineActions.Opened, script.Receive(EnginePacketType.Open, Handshake(pingInterval, pingTimeout)));
        return script;
    }

    public static string Handshake(int pingInterval = PingInterval, int pingTimeout = PingTimeout) =>
        $$"""{"sid":"s","upgrades":["websocket"],"pingInterval":{{pingInterval}},"pingTimeout":{{pingTimeout}},"maxPayload":100}""";

    public EngineScript At(int milliseconds)
    {
        Assert.True(milliseconds >= Now);
        Now = milliseconds;
        return this;
    }

    public EngineActions Tick() => Machine.Tick(Instant);

    /// <summary>Ticks at every deadline up to the given instant, as a shell with punctual timers does, and tells what came out.</summary>
    public string RunTo(int milliseconds)
    {
        var log = new List<string>();
        while (Deadline is { } deadline && deadline <= milliseconds)
        {
            Now = Math.Max(Now, (int)Math.Ceiling(deadline));
            log.Add($"{Now} {Tick()}");
            Assert.True(Deadline is null || Deadline > Now, $"a tick at {Now} left the deadline at {Deadline}");
        }

        Now = milliseconds;
        return string.Join("; ", log);
    }

    public EngineActions Receive(EnginePacketType type, string data = "") => Machine.Receive(EngineChannel.Current, type, Encoding.UTF8.GetBytes(data), Instant);

    public EngineActions ReceiveOnCandidate(EnginePacketType type, string data = "") => Machine.Receive(EngineChannel.Candidate, type, Encoding.UTF8.GetBytes(data), Instant);

    public EngineActions Attach()
    {
        Assert.True(Machine.TryAttachCandidate(Instant, out var actions));
        return actions;
    }

    public bool IsCandidateRefused()
    {
        var refused = !Machine.TryAttachCandidate(Instant, out var actions);
        Assert.True(!refused || actions == EngineActions.None);
        return refused;
    }

    public EngineActions Close(bool discard = false) => Machine.Close(discard, Instant);

    public EngineActions Drained() => Machine.Drained(Instant);

    public EngineActions PollingPaused() => Machine.PollingPaused(Instant);

    public EngineActions Lost(EngineChannel channel, string? error = null) => Machine.TransportClosed(channel, error, Instant);

    public void PauseReading() => Machine.PauseReading(Instant);

    public void ResumeReading() => Machine.ResumeReading(Instant);

    /// <summary>Brings the upgrade to the wanted state at the present instant.</summary>
    public EngineScript With(EngineUpgradeState upgrade)
    {
        if (upgrade == EngineUpgradeState.None)
        {
            return this;
        }

        Attach();
        if (upgrade == EngineUpgradeState.Probing)
        {
            return this;
        }

        var server = Machine.Handshake is null;
        ReceiveOnCandidate(server ? EnginePacketType.Ping : EnginePacketType.Pong, "probe");
        if (upgrade == EngineUpgradeState.Upgraded)
        {
            Assert.NotEqual(EngineActions.None, server ? ReceiveOnCandidate(EnginePacketType.Upgrade) : PollingPaused());
        }

        return this;
    }

    public void AssertClosed(EngineCloseReason reason, string? detail = null)
    {
        Assert.Equal(EngineState.Closed, Machine.State);
        Assert.Equal(reason, Machine.CloseReason);
        Assert.Equal(detail, Machine.CloseDetail);
        Assert.Equal(TimeSpan.MaxValue, Machine.Deadline);
    }

    private static EngineMachineOptions Options(int pingInterval, int pingTimeout, int upgradeTimeout, int closeTimeout) => new(
        TimeSpan.FromMilliseconds(pingInterval),
        TimeSpan.FromMilliseconds(pingTimeout),
        TimeSpan.FromMilliseconds(upgradeTimeout),
        TimeSpan.FromMilliseconds(closeTimeout));
}
