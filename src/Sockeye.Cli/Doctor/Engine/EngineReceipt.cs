using Sockeye.Protocol.Engine;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>What came by a transport.</summary>
/// <param name="Type">The packet's type; null where the transport ended or nothing came in time.</param>
/// <param name="Data">The packet's data.</param>
/// <param name="Why">Where none came, why.</param>
internal sealed record EngineReceipt(EnginePacketType? Type, byte[] Data, string Why = "")
{
    /// <summary>An attachment, and no text.</summary>
    public bool IsBinary { get; init; }

    /// <summary>Nothing came in time; the transport is open still.</summary>
    public bool IsTimeout { get; init; }

    public static EngineReceipt Timeout { get; } = new(null, [], "nothing came in time") { IsTimeout = true };

    public static EngineReceipt Ended(string why) => new(null, [], why);
}
