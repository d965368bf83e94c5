namespace Sockeye.Wire;

/// <summary>Which way bytes go.</summary>
public enum WireDirection
{
    /// <summary>From the client, who opened the connection, to the server.</summary>
    ToServer,

    /// <summary>From the server to the client.</summary>
    ToClient,
}
