using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>An engine that takes no message while it is broken.</summary>
internal sealed class UnreliableBackend(IClusterBackend inner) : IClusterBackend
{
    private int _refused;

    public bool IsBroken { get; set; }

    /// <summary>How many messages it did not take.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public ClusterSettings Settings => inner.Settings;

    public async ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken) =>
        new Channel(this, await inner.JoinAsync(ns, uid, receiver, cancellationToken));

    private sealed class Channel(UnreliableBackend backend, IClusterChannel inner) : IClusterChannel
    {
        public ValueTask<string?> PublishAsync(ClusterMessage message)
        {
            if (!backend.IsBroken)
            {
                return inner.PublishAsync(message);
            }

            Interlocked.Increment(ref backend._refused);
            throw new IOException("the link is down");
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
