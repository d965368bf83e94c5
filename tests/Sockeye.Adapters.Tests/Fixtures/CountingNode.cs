using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>Counts what a node takes from the cluster and what it writes for its clients.</summary>
internal sealed class CountingNode : IPacketFormat
{
    private readonly JsonPacketFormat _format = new();
    private int _broadcasts;
    private int _events;

    /// <summary>Broadcasts that an engine has decoded.</summary>
    public int Broadcasts => Volatile.Read(ref _broadcasts);

    /// <summary>Events that were put into the form of the wire.</summary>
    public int Events => Volatile.Read(ref _events);

    public Task<Node> StartAsync(Action<IServiceCollection> addEngine) => Node.StartAsync(services => Add(services, addEngine), options: options => options.PacketFormat = this);

    public EncodedPacket Encode(in PacketContent packet)
    {
        if (packet.Type == PacketType.Event)
        {
            Interlocked.Increment(ref _events);
        }

        return _format.Encode(packet);
    }

    public IPacketDecoder CreateDecoder(PacketLimits limits) => _format.CreateDecoder(limits);

    private void Add(IServiceCollection services, Action<IServiceCollection> addEngine)
    {
        var engine = new ServiceCollection();
        addEngine(engine);
        services.AddLogging();
        var backend = engine.Single(static service => service.ServiceType == typeof(IClusterBackend));
        services.Add(engine.Where(service => service != backend));
        services.AddSingleton<IClusterBackend>(provider => new Backend(this, (IClusterBackend)(backend.ImplementationInstance ?? backend.ImplementationFactory!(provider))));
    }

    private sealed class Backend(CountingNode counts, IClusterBackend inner) : IClusterBackend, IAsyncDisposable
    {
        public ClusterSettings Settings => inner.Settings;

        public bool HasLog => inner.HasLog;

        public ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken) =>
            inner.JoinAsync(ns, uid, new Receiver(counts, receiver), cancellationToken);

        public ValueTask DisposeAsync() => (inner as IAsyncDisposable)?.DisposeAsync() ?? default;
    }

    private sealed class Receiver(CountingNode counts, IClusterReceiver inner) : IClusterReceiver
    {
        public IReadOnlyCollection<string> Rooms => inner.Rooms;

        public bool HasRoom(string room) => inner.HasRoom(room);

        public IReadOnlyCollection<string> SocketsIn(IReadOnlyList<string> rooms) => inner.SocketsIn(rooms);

        public void Receive(ClusterMessage message, string? offset = null)
        {
            if (message.Type == ClusterMessageType.Broadcast)
            {
                Interlocked.Increment(ref counts._broadcasts);
            }

            inner.Receive(message, offset);
        }

        public void Refuse(ClusterError reason) => inner.Refuse(reason);

        public void Advance(string offset) => inner.Advance(offset);
    }
}
