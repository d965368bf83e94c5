using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Engine;

/// <summary>
/// What happens on an Engine.IO connection. The calls come one at a time, in order, on a thread of the pool and never under a lock; none comes after <see cref="OnClose"/>.
/// One that throws is logged and ends its connection.
/// </summary>
public interface IEngineSocketHandler
{
    /// <summary>The handshake is complete: <see cref="EngineSocket.Handshake"/> is set.</summary>
    void OnOpen(EngineSocket socket);

    /// <summary>
    /// A message came in. The connection reads on when the task completes, so a slow handler slows the server down; the heartbeat's clock stands still meanwhile.
    /// No other message comes before that, but other calls do, also <see cref="OnClose"/>.
    /// </summary>
    /// <param name="socket">The connection.</param>
    /// <param name="data">The message, UTF-8 if it is text. Valid until the task completes.</param>
    /// <param name="isBinary">Whether it is a binary message.</param>
    ValueTask OnMessageAsync(EngineSocket socket, ReadOnlyMemory<byte> data, bool isBinary);

    /// <summary>The server sent a ping; the pong is on its way. In <see cref="EngineIOVersion.V3"/>: the server has answered our ping.</summary>
    void OnPing(EngineSocket socket)
    {
    }

    /// <summary>The server answered the probe on another transport; polling is being stopped.</summary>
    void OnUpgrading(EngineSocket socket, TransportType transport)
    {
    }

    /// <summary>The connection goes on by another transport.</summary>
    void OnUpgrade(EngineSocket socket, TransportType transport)
    {
    }

    /// <summary>The upgrade failed; the connection goes on by polling.</summary>
    void OnUpgradeError(EngineSocket socket, TransportException exception)
    {
    }

    /// <summary>Everything that was queued has been handed to the network.</summary>
    void OnDrain(EngineSocket socket)
    {
    }

    /// <summary>A handshake or an upgrade was tried.</summary>
    void OnAttempt(EngineSocket socket, ConnectionAttempt attempt)
    {
    }

    /// <summary>The connection has ended, or never came about. Exactly once after <see cref="EngineSocket.Open"/>, and the last call.</summary>
    void OnClose(EngineSocket socket, EngineCloseReason reason, EngineCloseDetails? details);
}
