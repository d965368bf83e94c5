namespace Sockeye.Protocol.Engine;

/// <summary>Which side of an Engine.IO session a machine plays.</summary>
public enum EngineRole
{
    /// <summary>Sends pings, accepts upgrades.</summary>
    Server,

    /// <summary>Answers pings, asks for upgrades.</summary>
    Client,
}

/// <summary>The state of an Engine.IO session.</summary>
public enum EngineState
{
    /// <summary>A client that waits for the open packet.</summary>
    Opening,

    /// <summary>Messages flow.</summary>
    Open,

    /// <summary>Closed by this side; what is queued is still being written.</summary>
    Closing,

    /// <summary>Ended; every input is ignored.</summary>
    Closed,
}

/// <summary>How far the change to another transport has come.</summary>
public enum EngineUpgradeState
{
    /// <summary>No candidate transport.</summary>
    None,

    /// <summary>A candidate transport is attached; its probe has not been answered yet.</summary>
    Probing,

    /// <summary>The probe was answered; the "upgrade" packet is outstanding.</summary>
    Upgrading,

    /// <summary>The session has moved to the candidate. There is no second upgrade.</summary>
    Upgraded,
}

/// <summary>The transport on which a packet came in.</summary>
public enum EngineChannel
{
    /// <summary>The transport that carries the session.</summary>
    Current,

    /// <summary>The transport that the session may move to.</summary>
    Candidate,
}
