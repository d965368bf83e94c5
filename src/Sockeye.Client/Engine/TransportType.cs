namespace Sockeye.Client.Engine;

/// <summary>The transports of Engine.IO that the client has.</summary>
public enum TransportType
{
    /// <summary>"polling": HTTP long-polling. Works wherever HTTP does.</summary>
    Polling,

    /// <summary>"websocket".</summary>
    WebSocket,
}

/// <summary>The wire strings of <see cref="TransportType"/>.</summary>
public static class TransportTypes
{
    /// <summary>The name as it stands in the query and in the server's list of upgrades.</summary>
    public static string ToWireString(this TransportType type) => type switch
    {
        TransportType.Polling => "polling",
        TransportType.WebSocket => "websocket",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a transport of Engine.IO."),
    };
}
