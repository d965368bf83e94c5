using NATS.Client.Core;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>Sends to the clients of all servers from a process that is none, by NATS: <c>await emitter.Everyone.To("room").EmitAsync("news", 1)</c>. Create one and keep it. Thread-safe.</summary>
public sealed class NatsEmitter : IAsyncDisposable, IDisposable
{
    private readonly NatsLink _link;

    /// <summary>Creates an emitter; it connects with the first message.</summary>
    /// <param name="url">Where NATS is: <c>nats://localhost:4222</c></param>
    /// <param name="options">The settings of the servers: the prefix, the key.</param>
    public NatsEmitter(string url, NatsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(url);
        options = (options ?? new()).Check();
        _link = new NatsLink(url, options);
        Everyone = new ClusterEmitter(PublishAsync, options.JsonSerializerOptions);
    }

    /// <summary>To everyone in the namespace "/"; its <c>Of</c>, <c>To</c>, <c>Except</c>… say whom else. What the link does not take is a <see cref="ClusterException"/>: nobody gets it.</summary>
    public ClusterEmitter Everyone { get; }

    /// <summary>Ends the link.</summary>
    public ValueTask DisposeAsync() => _link.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for it.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async ValueTask<string?> PublishAsync(ClusterMessage message)
    {
        if (_link.Connection.ConnectionState is NatsConnectionState.Closed or NatsConnectionState.Connecting)
        {
            await _link.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return await _link.PublishAsync(message).ConfigureAwait(false);
    }
}
