using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Not every receiver of a broadcast acknowledged in time, or some disconnected before they did.</summary>
/// <typeparam name="T">The type of an acknowledgement.</typeparam>
public sealed class BroadcastAckTimeoutException<T> : AckTimeoutException
{
    internal BroadcastAckTimeoutException(IReadOnlyList<T> responses, int missing)
        : base($"operation has timed out: {responses.Count} of {responses.Count + missing} receivers acknowledged")
    {
        Responses = responses;
        Missing = missing;
    }

    /// <summary>What the others answered, in the order of arrival.</summary>
    public IReadOnlyList<T> Responses { get; }

    /// <summary>How many receivers did not answer.</summary>
    public int Missing { get; }
}
