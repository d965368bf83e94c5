using System.Runtime.CompilerServices;
using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Who gets something, and how: an immutable value, each step gives a new one. The rooms are a union, exceptions win, each socket gets it once; without rooms it
/// is everyone in the namespace. A broadcast is serialised once and never waits for a receiver.
/// </summary>
public sealed partial class Broadcast
{
    private readonly NamespaceOperations _scope;
    private readonly string[] _rooms;
    private readonly string[] _except;

    internal Broadcast(NamespaceOperations scope, string[] rooms, string[] except, EmitFlags flags)
    {
        _scope = scope;
        _rooms = rooms;
        _except = except;
        Flags = flags;
    }

    /// <summary>The same, but the message may be lost: receivers whose connection cannot take it right now do not get it.</summary>
    public Broadcast Volatile => With(Flags with { Volatile = true });

    /// <summary>The same, on this server only when there are several.</summary>
    public Broadcast Local => With(Flags with { Local = true });

    /// <summary>The same, and the first acknowledgement is enough.</summary>
    internal Broadcast Single => With(Flags with { Single = true });

    internal IReadOnlyList<string> Rooms => _rooms;

    internal IReadOnlyList<string> ExceptRooms => _except;

    internal EmitFlags Flags { get; }

    /// <summary>Also those in these rooms. A socket's id is a room too.</summary>
    public Broadcast To(params ReadOnlySpan<string> rooms) => new(_scope, Union(_rooms, rooms), _except, Flags);

    /// <summary>The same as <see cref="To"/>.</summary>
    public Broadcast In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Not those in these rooms. A socket's id is a room too.</summary>
    public Broadcast Except(params ReadOnlySpan<string> rooms) => new(_scope, _rooms, Union(_except, rooms), Flags);

    /// <summary>Whether the message may be compressed, where the transport does (default true).</summary>
    public Broadcast Compress(bool compress) => With(Flags with { NoCompress = !compress });

    /// <summary>How long <see cref="EmitWithAcksAsync{T}(string, ReadOnlySpan{object}, CancellationToken)"/> waits; default <see cref="SocketIOOptions.AckTimeout"/>.</summary>
    public Broadcast Timeout(TimeSpan timeout)
    {
        EmitFlags.CheckTimeout(timeout);
        return With(Flags with { Timeout = timeout });
    }

    /// <summary>Sends an event with any number of arguments.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An array or a list that is one argument goes through the generic overload and stays whole.</param>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => Emit(name, new ManyArguments(arguments));

    /// <summary>Sends an event with one argument.</summary>
    public Task EmitAsync<T>(string name, T argument) => Emit(name, new OneArgument<T>(argument));

    /// <inheritdoc cref="EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => Emit(name, new ManyArguments([argument]));

    /// <summary>Sends an event "message", as <c>socket.send</c> does.</summary>
    [OverloadResolutionPriority(-1)]
    public Task SendAsync(params ReadOnlySpan<object?> arguments) => Emit("message", new ManyArguments(arguments));

    /// <summary>Sends an event "message" with one argument.</summary>
    public Task SendAsync<T>(T argument) => Emit("message", new OneArgument<T>(argument));

    /// <inheritdoc cref="SendAsync{T}(T)" />
    public Task SendAsync(object? argument) => Emit("message", new ManyArguments([argument]));

    /// <summary>
    /// Sends an event and collects the first value of each receiver's acknowledgement; an empty list at once when there is no receiver. A
    /// <see cref="BroadcastAckTimeoutException{T}"/> with the partial answers when some did not answer in time or disconnected.
    /// </summary>
    public Task<IReadOnlyList<T>> EmitWithAcksAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
    {
        EmitFlags.CheckName(name);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<IReadOnlyList<T>>(cancellationToken);
        }

        var targets = _scope.Targets;
        return targets is [var only]
            ? only.EmitWithAcksAsync<T, ManyArguments>(_rooms, _except, Flags, name, new ManyArguments(arguments), cancellationToken)
            : throw new NotSupportedException("Acknowledgements cannot be collected over all children of a dynamic namespace. Ask each child: OnNamespaceCreated tells of them.");
    }

    /// <summary>As <see cref="EmitWithAcksAsync{T}"/>, but gives what came in time, and says how many did not acknowledge and which servers did not answer, and why.</summary>
    public Task<ClusterAnswers<T>> TryEmitWithAcksAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
    {
        EmitFlags.CheckName(name);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<ClusterAnswers<T>>(cancellationToken);
        }

        var targets = _scope.Targets;
        return targets is [var only]
            ? only.TryEmitWithAcksAsync<T, ManyArguments>(_rooms, _except, Flags, name, new ManyArguments(arguments), cancellationToken)
            : throw new NotSupportedException("Acknowledgements cannot be collected over all children of a dynamic namespace. Ask each child: OnNamespaceCreated tells of them.");
    }

    /// <summary>The target in words, for logs.</summary>
    public override string ToString() => $"{_scope} to [{string.Join(", ", _rooms)}] except [{string.Join(", ", _except)}]";

    private static string[] Union(string[] present, ReadOnlySpan<string> added)
    {
        foreach (var room in added)
        {
            ArgumentNullException.ThrowIfNull(room, nameof(added));
        }

        return present.Length == 0 ? added.ToArray() : [.. present, .. added];
    }

    private Broadcast With(EmitFlags flags) => new(_scope, _rooms, _except, flags);

    private Task Emit<TPayload>(string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        EmitFlags.CheckName(name);
        var targets = _scope.Targets;
        if (targets is [var only])
        {
            return only.Emit(_rooms, _except, Flags, name, payload);
        }

        var published = new Task[targets.Length];
        for (var i = 0; i < targets.Length; i++)
        {
            published[i] = targets[i].Emit(_rooms, _except, Flags, name, payload);
        }

        return Task.WhenAll(published);
    }
}
