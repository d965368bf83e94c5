using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public abstract partial class NamespaceOperations
{
    /// <summary>
    /// Called for an event that another server of the cluster sends with <see cref="ServerSideEmitAsync"/>, with its first argument; <see cref="PacketArguments"/> are all of them.
    /// Handlers start in the order of arrival. There may be several for one event.
    /// </summary>
    public void OnServerEvent<T>(string name, Action<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AddServerEvent<T>(name, value =>
        {
            handler(value);
            return default;
        });
    }

    /// <inheritdoc cref="OnServerEvent{T}(string, Action{T})" />
    public void OnServerEvent<T>(string name, Func<T, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AddServerEvent<T>(name, async value =>
        {
            await handler(value).ConfigureAwait(false);
            return null;
        });
    }

    /// <summary>As <see cref="OnServerEvent{T}(string, Action{T})"/>; the result is the answer where one is wanted.</summary>
    public void OnServerEvent<T, TResult>(string name, Func<T, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AddServerEvent<T>(name, async value => Format.WriteAnswer(await handler(value).ConfigureAwait(false)));
    }

    /// <inheritdoc cref="OnServerEvent{T, TResult}(string, Func{T, Task{TResult}})" />
    public void OnServerEvent<T, TResult>(string name, Func<T, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerResult.Check<TResult>(Format);
        AddServerEvent<T>(name, value => new(Format.WriteAnswer(handler(value))));
    }

    /// <summary>Sends an event to the other servers of the cluster: neither to clients nor to this server. One server alone has no others, and nothing happens.</summary>
    /// <param name="name">The event's name; not "connect", "connection" or "new_namespace", which are reserved.</param>
    /// <param name="arguments">The arguments.</param>
    /// <exception cref="ClusterException">The engine did not take it.</exception>
    public Task ServerSideEmitAsync(string name, params ReadOnlySpan<object?> arguments)
    {
        EmitFlags.CheckServerSideName(name);
        var published = new List<Task>();
        foreach (var target in Targets)
        {
            if (target.Cluster is { } cluster)
            {
                published.Add(cluster.ServerSideEmitAsync(Format.WriteEvent(name, arguments)));
            }
            else
            {
                target.Server.Log.NoOtherServers(name, target.Name);
            }
        }

        return Task.WhenAll(published);
    }

    /// <summary>As <see cref="ServerSideEmitAsync"/>, and collects what the other servers answer. One server alone: an empty list at once.</summary>
    /// <exception cref="ClusterTimeoutException">Not all of them answered in time.</exception>
    public Task<IReadOnlyList<T>> ServerSideEmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default) =>
        ClusterAnswersStrict.AllAsync(TryServerSideEmitWithAckAsync<T>(name, arguments, cancellationToken));

    /// <summary>As <see cref="ServerSideEmitWithAckAsync"/>, but gives what came in time, and says who did not answer and why.</summary>
    public Task<ClusterAnswers<T>> TryServerSideEmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
    {
        EmitFlags.CheckServerSideName(name);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<ClusterAnswers<T>>(cancellationToken);
        }

        var targets = Targets;
        if (targets is not [var only])
        {
            throw new NotSupportedException("Answers cannot be collected over all children of a dynamic namespace. Ask each child: OnNamespaceCreated tells of them.");
        }

        if (only.Cluster is { } cluster)
        {
            return cluster.ServerSideEmitAsync(Format.WriteEvent(name, arguments), new ArgumentReader<T>(Format), cancellationToken);
        }

        only.Server.Log.NoOtherServers(name, only.Name);
        return Task.FromResult(new ClusterAnswers<T>([], []));
    }

    /// <summary>How many servers there are, this one included: 1 without a cluster.</summary>
    public Task<int> ServerCountAsync() => Targets is [{ Cluster: { } cluster }, ..] ? cluster.CountNodesAsync() : Task.FromResult(1);

    private void AddServerEvent<T>(string name, Func<T, ValueTask<PacketData?>> handler)
    {
        var reader = new ArgumentReader<T>(Format);
        Handlers.ServerEvents.Add(name, arguments => handler(reader.Read(arguments, 0)));
    }
}
