using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A node of which nothing is there but its messages.</summary>
internal sealed class FakeNode : IClusterReceiver, IAsyncDisposable
{
    private ServiceProvider? _services;
    private readonly Channel<ClusterMessage> _messages = Channel.CreateUnbounded<ClusterMessage>();
    private IClusterChannel? _channel;

    public string Uid { get; } = "00000000000000ff";

    public IReadOnlyCollection<string> Rooms => [];

    /// <summary>One that says nothing by itself, not even that it is there.</summary>
    public static async Task<FakeNode> ListenAsync(IClusterBackend backend)
    {
        var node = new FakeNode();
        node._channel = await backend.JoinAsync("/", node.Uid, node, TestContext.Current.CancellationToken);
        return node;
    }

    public static async Task<FakeNode> JoinAsync(IClusterBackend backend)
    {
        var node = await ListenAsync(backend);
        await node.SendAsync(ClusterMessageType.InitialHeartbeat);
        return node;
    }

    /// <summary>One with an engine of its own.</summary>
    public static async Task<FakeNode> JoinAsync(Action<IServiceCollection> engine)
    {
        var services = new ServiceCollection();
        engine(services);
        var provider = services.BuildServiceProvider();
        var node = await JoinAsync(provider.GetRequiredService<IClusterBackend>());
        node._services = provider;
        return node;
    }

    public ValueTask<string?> SendAsync(ClusterMessageType type, Func<ClusterMessage, ClusterMessage>? change = null)
    {
        var message = new ClusterMessage { Type = type, Uid = Uid, Namespace = "/" };
        return _channel!.PublishAsync(change?.Invoke(message) ?? message);
    }

    /// <summary>What an emitter uses of an engine, here this node's channel.</summary>
    public ValueTask<string?> PublishAsync(ClusterMessage message) => _channel!.PublishAsync(message);

    /// <summary>The next message of a type.</summary>
    public async Task<ClusterMessage> ReceiveAsync(ClusterMessageType type)
    {
        while (true)
        {
            var message = await _messages.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within($"a message {type}");
            if (message.Type == type)
            {
                return message;
            }
        }
    }

    public bool HasRoom(string room) => false;

    public IReadOnlyCollection<string> SocketsIn(IReadOnlyList<string> rooms) => [];

    public void Receive(ClusterMessage message, string? offset = null) => _messages.Writer.TryWrite(message);

    public async ValueTask DisposeAsync()
    {
        await _channel!.DisposeAsync();
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
    }

    public void Refuse(ClusterError reason) => throw new InvalidOperationException($"refused: {reason}");
}
