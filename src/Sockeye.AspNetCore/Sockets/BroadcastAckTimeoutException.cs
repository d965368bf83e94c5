using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Not every receiver of a broadcast acknowledged in time, or some disconnected before they did.</summary>
/// <typeparam name="T">The type of an acknowledgement.</typeparam>
public sealed class BroadcastAckTimeoutException<T> : AckTimeoutException
{
    internal BroadcastAckTimeoutException(IReadOnlyList<T> responses, int missing, IReadOnlyList<MissingNode>? missingNodes = null)
        : base($"operation has timed out: {responses.Count} of {responses.Count + missing} receivers acknowledged{OfNodes(missingNodes)}")
    {
        Responses = responses;
        Missing = missing;
        MissingNodes = missingNodes ?? [];
    }

    /// <summary>What the others answered, in the order of arrival.</summary>
    public IReadOnlyList<T> Responses { get; }

    /// <summary>How many receivers did not answer, as far as their servers have said.</summary>
    public int Missing { get; }

    /// <summary>The other servers that did not say how many receivers they have.</summary>
    public IReadOnlyList<MissingNode> MissingNodes { get; }

    private static string OfNodes(IReadOnlyList<MissingNode>? nodes) => nodes is { Count: > 0 } ? $", and {nodes.Count} servers did not answer" : "";
}
