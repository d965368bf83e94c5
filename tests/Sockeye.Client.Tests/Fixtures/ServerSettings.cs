namespace Sockeye.Client.Tests.Fixtures;

/// <summary>How packets are encoded.</summary>
public enum WireFormat
{
    Json,
    MessagePack,
}

/// <summary>What a test asks of a server; what is null stays as that server has it.</summary>
internal sealed record ServerSettings
{
    public WireFormat Format { get; init; }

    public bool Recovery { get; init; }

    public TimeSpan? PingInterval { get; init; }

    public TimeSpan? PingTimeout { get; init; }

    public int? MaxHttpBufferSize { get; init; }

    public bool AllowUpgrades { get; init; } = true;

    /// <summary>Ours: whether clients of Engine.IO 3 are served.</summary>
    public bool AllowEIO3 { get; init; }

    /// <summary>Node's of version 2: whether "/" refuses everyone.</summary>
    public bool Guarded { get; init; }
}

/// <summary>What a test tells a running server to do.</summary>
internal sealed record ServerCommand(string Do)
{
    public string Namespace { get; init; } = "/";

    public bool Close { get; init; }

    public string? Event { get; init; }

    public object?[] Args { get; init; } = [];

    public string? Room { get; init; }
}
