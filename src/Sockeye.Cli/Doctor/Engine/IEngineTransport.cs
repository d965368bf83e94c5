using Sockeye.Protocol.Engine;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>An open session on one of its two transports. Pings are answered by whoever receives them.</summary>
internal interface IEngineTransport : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Sends a packet.</summary>
    /// <returns>Null, or why it did not go.</returns>
    Task<string?> SendAsync(EnginePacketType type, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    Task<EngineReceipt> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken);
}
