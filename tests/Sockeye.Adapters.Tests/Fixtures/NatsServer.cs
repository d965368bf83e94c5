using System.Diagnostics;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A NATS of the tests' own on a free port.</summary>
public sealed class NatsServer() : EngineServer("NATS")
{
    // Debian puts it where only root has its path.
    private static readonly string Program = File.Exists("/usr/sbin/nats-server") ? "/usr/sbin/nats-server" : "nats-server";

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>More arguments: <c>-c FILE</c></summary>
    public string[] Arguments { get; init; } = [];

    protected override ProcessStartInfo Command => new(Program, ["-a", "127.0.0.1", "-p", $"{Port}", .. Arguments]);
}
