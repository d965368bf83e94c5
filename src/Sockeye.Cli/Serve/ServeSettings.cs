namespace Sockeye.Cli.Serve;

/// <summary>How <c>sockeye serve</c> listens and what it says.</summary>
internal sealed record ServeSettings
{
    public string Host { get; init; } = "localhost";

    /// <summary>0: any free one.</summary>
    public int Port { get; init; } = 3000;

    public string Path { get; init; } = "/socket.io/";

    public bool Https { get; init; }

    /// <summary>Whose pages may connect; "*": all.</summary>
    public IReadOnlyList<string> Cors { get; init; } = [];

    public bool AllowEio3 { get; init; }

    public bool MessagePack { get; init; }

    /// <summary>Whether a client that comes back gets what it missed.</summary>
    public bool Recovery { get; init; }

    /// <summary>A folder with pages to serve; null: none.</summary>
    public string? Static { get; init; }

    public bool Quiet { get; init; }

    public bool Json { get; init; }
}
