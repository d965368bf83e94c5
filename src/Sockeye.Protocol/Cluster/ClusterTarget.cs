namespace Sockeye.Protocol.Cluster;

/// <summary>Who is meant, and how to send: <c>{"rooms":["a"],"except":[],"flags":{"volatile":true}}</c>. The rooms are a union (none: everyone), exceptions win.</summary>
/// <param name="Rooms">The rooms.</param>
/// <param name="Except">The rooms whose sockets are left out.</param>
public sealed record ClusterTarget(IReadOnlyList<string> Rooms, IReadOnlyList<string> Except)
{
    /// <summary>Everyone in the namespace.</summary>
    public static ClusterTarget Everyone { get; } = new([], []);

    /// <summary>The message may be lost.</summary>
    public bool Volatile { get; init; }

    /// <summary>Whether the message may be compressed; null: nothing was said.</summary>
    public bool? Compress { get; init; }

    /// <summary>How long acknowledgements are waited for; null: nothing was said.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The first acknowledgement is enough.</summary>
    public bool ExpectSingleResponse { get; init; }
}
