using System.Runtime.CompilerServices;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// What can be done with a namespace: sending to its sockets here, handling what they do in the other parts. The same for one namespace, for a family
/// of dynamic ones, and for the server and its endpoint, which stand for the namespace "/".
/// </summary>
public abstract partial class NamespaceOperations
{
    private protected NamespaceOperations()
    {
    }

    /// <summary>Everyone, but the message may be lost: receivers whose connection cannot take it right now do not get it.</summary>
    public Broadcast Volatile => Everyone.Volatile;

    /// <summary>Everyone on this server only, when there are several.</summary>
    public Broadcast Local => Everyone.Local;

    internal abstract HandlerSet Handlers { get; }

    internal abstract PacketCodec Format { get; }

    internal abstract ArgumentBinder Binder { get; }

    /// <summary>The namespaces that a message goes to; each has its own rooms and its own packet.</summary>
    internal abstract Namespace[] Targets { get; }

    private Broadcast Everyone => new(this, [], [], default);

    /// <summary>Those in these rooms; a socket's id is a room too.</summary>
    public Broadcast To(params ReadOnlySpan<string> rooms) => Everyone.To(rooms);

    /// <summary>The same as <see cref="To"/>.</summary>
    public Broadcast In(params ReadOnlySpan<string> rooms) => Everyone.To(rooms);

    /// <summary>Everyone but those in these rooms; a socket's id is a room too.</summary>
    public Broadcast Except(params ReadOnlySpan<string> rooms) => Everyone.Except(rooms);

    /// <summary>Everyone, and whether the message may be compressed, where the transport does (default true).</summary>
    public Broadcast Compress(bool compress) => Everyone.Compress(compress);

    /// <summary>Everyone, and how long acknowledgements are waited for; default <see cref="SocketIOOptions.AckTimeout"/>.</summary>
    public Broadcast Timeout(TimeSpan timeout) => Everyone.Timeout(timeout);

    /// <summary>Sends an event with any number of arguments to everyone.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An array or a list that is one argument goes through the generic overload and stays whole.</param>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => Everyone.EmitAsync(name, arguments);

    /// <summary>Sends an event with one argument to everyone.</summary>
    public Task EmitAsync<T>(string name, T argument) => Everyone.EmitAsync(name, argument);

    /// <inheritdoc cref="EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => Everyone.EmitAsync(name, argument);

    /// <summary>Sends an event "message" to everyone.</summary>
    [OverloadResolutionPriority(-1)]
    public Task SendAsync(params ReadOnlySpan<object?> arguments) => Everyone.SendAsync(arguments);

    /// <summary>Sends an event "message" with one argument to everyone.</summary>
    public Task SendAsync<T>(T argument) => Everyone.SendAsync(argument);

    /// <inheritdoc cref="SendAsync{T}(T)" />
    public Task SendAsync(object? argument) => Everyone.SendAsync(argument);

    /// <inheritdoc cref="Broadcast.EmitWithAcksAsync{T}" />
    public Task<IReadOnlyList<T>> EmitWithAcksAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default) =>
        Everyone.EmitWithAcksAsync<T>(name, arguments, cancellationToken);

    /// <inheritdoc cref="Broadcast.TryEmitWithAcksAsync{T}" />
    public Task<ClusterAnswers<T>> TryEmitWithAcksAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default) =>
        Everyone.TryEmitWithAcksAsync<T>(name, arguments, cancellationToken);

    /// <summary>The connected sockets.</summary>
    public virtual Task<IReadOnlyList<RemoteSocket>> FetchSocketsAsync() => Everyone.FetchSocketsAsync();

    /// <inheritdoc cref="Broadcast.TryFetchSocketsAsync" />
    public Task<ClusterAnswers<RemoteSocket>> TryFetchSocketsAsync() => Everyone.TryFetchSocketsAsync();

    /// <inheritdoc cref="Broadcast.AllSocketsAsync" />
    public Task<IReadOnlySet<string>> AllSocketsAsync() => Everyone.AllSocketsAsync();

    /// <summary>Makes everyone join rooms.</summary>
    public Task SocketsJoinAsync(params ReadOnlySpan<string> rooms) => Everyone.SocketsJoinAsync(rooms);

    /// <summary>Makes everyone leave rooms.</summary>
    public Task SocketsLeaveAsync(params ReadOnlySpan<string> rooms) => Everyone.SocketsLeaveAsync(rooms);

    /// <summary>Disconnects everyone, as <see cref="ServerSocket.Disconnect"/>; with <paramref name="close"/> their connections too.</summary>
    public Task DisconnectSocketsAsync(bool close = false) => Everyone.DisconnectSocketsAsync(close);
}
