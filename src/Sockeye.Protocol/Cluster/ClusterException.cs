using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Cluster;

/// <summary>The engine between the nodes did not take a message: the sockets of this node have it, those of the others have not.</summary>
public class ClusterException : SocketIOException
{
    /// <summary>Creates it.</summary>
    public ClusterException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Not all nodes answered in time. The form of the call that begins with "Try" gives what came, and does not throw.</summary>
public sealed class ClusterTimeoutException : ClusterException
{
    /// <summary>Creates it, with the official text.</summary>
    public ClusterTimeoutException(IReadOnlyList<MissingNode> missing)
        : base($"timeout reached: missing {missing.Count} responses") => Missing = missing;

    /// <summary>Who is missing, and why.</summary>
    public IReadOnlyList<MissingNode> Missing { get; }
}

/// <summary>What the nodes and their clients answered, and who did not.</summary>
/// <param name="Received">What came, in the order of arrival.</param>
/// <param name="MissingNodes">The nodes that did not answer, or left before they had.</param>
/// <param name="MissingReceivers">Of a broadcast with acknowledgements: how many of the clients that got it did not acknowledge, as far as their nodes have said.</param>
public sealed record ClusterAnswers<T>(IReadOnlyList<T> Received, IReadOnlyList<MissingNode> MissingNodes, int MissingReceivers = 0)
{
    /// <summary>Whether nobody is missing.</summary>
    public bool IsComplete => MissingNodes.Count == 0 && MissingReceivers == 0;
}
