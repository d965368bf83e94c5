namespace Sockeye.Client.Engine;

/// <summary>Whether the last connection worked with WebSocket (official: Socket.priorWebsocketSuccess).</summary>
internal sealed class UpgradeMemory
{
    /// <summary>The one that all connections share.</summary>
    public static UpgradeMemory OfProcess { get; } = new();

    public bool WebSocketWorked { get; set; }
}
