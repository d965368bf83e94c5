using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>One node's end of a namespace.</summary>
internal class PostgresChannel(string name, string ns, string uid, IClusterReceiver receiver, PostgresPublisher publisher, PostgresListener listener) : IClusterChannel
{
    public string Name => name;

    public string Namespace => ns;

    public string Uid => uid;

    public IClusterReceiver Receiver => receiver;

    protected PostgresListener Listener => listener;

    public ValueTask<string?> PublishAsync(ClusterMessage message) => new(publisher.PublishAsync(message));

    public ValueTask DisposeAsync()
    {
        listener.Remove(this);
        GC.SuppressFinalize(this);
        return default;
    }
}
