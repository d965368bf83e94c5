using System.Buffers;
using NATS.Client.Core;

namespace Sockeye.Nats;

/// <summary>A subscription that hands on what comes where it is read, in the order of arrival over all subscriptions of the connection; the library's own have a queue each.</summary>
internal sealed class NatsSubscription(NatsConnection connection, string subject, Action<byte[]> received)
    : NatsSubBase(connection, connection.SubscriptionManager, subject, queueGroup: null, opts: null)
{
    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        received(payloadBuffer.ToArray());
        return default;
    }

    protected override void TryComplete()
    {
    }
}
