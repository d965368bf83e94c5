using Sockeye.Cli.Commands;

namespace Sockeye.Cli.Load;

/// <summary>What a load does, and within which bounds.</summary>
internal sealed record LoadSettings
{
    public static readonly string[] Scenarios = ["connections", "echo", "broadcast", "rooms", "jitter", "avalanche"];

    public required Target Target { get; init; }

    public required string Scenario { get; init; }

    public int Clients { get; init; } = 100;

    /// <summary>Connections to open in a second.</summary>
    public double Rate { get; init; } = 100;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Characters in a message.</summary>
    public int Payload { get; init; } = 64;

    /// <summary>Messages to send in a second, over all clients.</summary>
    public double Messages { get; init; }

    public int Rooms { get; init; } = 10;

    /// <summary>How many clients are cut in a second (jitter).</summary>
    public double Cuts { get; init; }

    public string Transport { get; init; } = "both";

    public bool MessagePack { get; init; }

    public bool Eio3 { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }
}
