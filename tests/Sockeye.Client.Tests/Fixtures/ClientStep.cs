using System.Text.Json.Serialization;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>One thing that a test has a client do: ours, or the official one (node/recorder.mjs).</summary>
internal sealed record ClientStep(string Do)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Uri? Url { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClientSettings? Options { get; init; }

    public string Namespace { get; init; } = "/";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Auth { get; init; }

    /// <summary>What a callback gives for the first connect, the second, …</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object[]? AuthCallback { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Event { get; init; }

    public object?[] Args { get; init; } = [];

    /// <summary>Events to be recorded.</summary>
    public string[] Events { get; init; } = [];
}

/// <summary>The options of a client, by their official names; milliseconds.</summary>
internal sealed record ClientSettings
{
    public string[] Transports { get; init; } = ["polling", "websocket"];

    public string Parser { get; init; } = "json";

    public bool Reconnection { get; init; } = true;

    /// <summary>0 is without end.</summary>
    public int ReconnectionAttempts { get; init; }

    public int ReconnectionDelay { get; init; } = 100;

    public int ReconnectionDelayMax { get; init; } = 100;

    public double RandomizationFactor { get; init; }

    public int Timeout { get; init; } = 20_000;
}

/// <summary>A client that writes down what happens to it.</summary>
internal interface IRecordedClient : IAsyncDisposable
{
    EventLog Log { get; }

    /// <summary>Completes when the step is done and what it caused at once is in the log.</summary>
    Task DoAsync(ClientStep step);
}
