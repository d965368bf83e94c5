using System.Runtime.CompilerServices;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ServerSocket
{
    /// <summary>This socket, but what is sent may be lost: an event is dropped, with its attachments, when the connection cannot take it right now.</summary>
    public SocketOperator Volatile => new SocketOperator(this, default).Volatile;

    /// <summary>Everyone in the namespace but this socket.</summary>
    public Broadcast Broadcast => Others(default);

    /// <summary>Everyone in the namespace on this server but this socket.</summary>
    public Broadcast Local => Broadcast.Local;

    /// <summary>This socket, and whether what is sent may be compressed, where the transport does (default true).</summary>
    public SocketOperator Compress(bool compress) => new SocketOperator(this, default).Compress(compress);

    /// <summary>This socket, and how long an acknowledgement is waited for.</summary>
    public SocketOperator Timeout(TimeSpan timeout) => new SocketOperator(this, default).Timeout(timeout);

    /// <summary>Those in these rooms but this socket.</summary>
    public Broadcast To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To"/>.</summary>
    public Broadcast In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>Everyone in the namespace but this socket and those in these rooms.</summary>
    public Broadcast Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    /// <summary>Sends an event with any number of arguments. Nothing happens when the socket has ended.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An array or a list that is one argument goes through the generic overload and stays whole.</param>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => Emit(name, new ManyArguments(arguments), default);

    /// <summary>Sends an event with one argument.</summary>
    public Task EmitAsync<T>(string name, T argument) => Emit(name, new OneArgument<T>(argument), default);

    /// <inheritdoc cref="EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => Emit(name, new ManyArguments([argument]), default);

    /// <summary>Sends an event "message", as <c>socket.send</c> does.</summary>
    [OverloadResolutionPriority(-1)]
    public Task SendAsync(params ReadOnlySpan<object?> arguments) => EmitAsync("message", arguments);

    /// <summary>Sends an event "message" with one argument.</summary>
    public Task SendAsync<T>(T argument) => EmitAsync("message", argument);

    /// <inheritdoc cref="SendAsync{T}(T)" />
    public Task SendAsync(object? argument) => EmitAsync("message", argument);

    /// <summary>Sends an event and waits for the first value of the acknowledgement; ask for <see cref="Protocol.Packets.PacketArguments"/> to get all of them.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments, as a collection expression: <c>EmitWithAckAsync&lt;int&gt;("add", [1, 2])</c>.</param>
    /// <param name="timeout">How long to wait; null: <see cref="SocketIOOptions.AckTimeout"/>; zero gives up at once, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits until the socket disconnects.</param>
    /// <param name="cancellationToken">Stops waiting; what was sent stays sent.</param>
    /// <exception cref="AckTimeoutException">None came in time.</exception>
    /// <exception cref="DisconnectedException">The socket had ended, or ended before one came.</exception>
    /// <exception cref="ArgumentBindingException">The acknowledgement is not a <typeparamref name="T"/>.</exception>
    public Task<T> EmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (timeout is { } limit)
        {
            EmitFlags.CheckTimeout(limit);
        }

        return EmitWithAck<T, ManyArguments>(name, new ManyArguments(arguments), new EmitFlags(Timeout: timeout), cancellationToken);
    }

    internal Broadcast Others(EmitFlags flags) => new(Namespace, [], [Id], flags);

    internal Task Emit<TPayload>(string name, TPayload payload, EmitFlags flags)
        where TPayload : IEventPayload, allows ref struct
    {
        EmitFlags.CheckName(name);
        if (Recovery is { } session && Namespace.SharedLog is not null && !flags.Volatile && !IsPending)
        {
            // To wherever the socket is by then: also to another node, where its client has come back.
            return Connected || session.IsKept ? Namespace.EmitByLog([Id], [], flags, name, payload) : Task.CompletedTask;
        }

        Deliver(name, payload, flags, id: null);
        return Task.CompletedTask;
    }

    internal Task<T> EmitWithAck<T, TPayload>(string name, TPayload payload, EmitFlags flags, CancellationToken cancellationToken)
        where TPayload : IEventPayload, allows ref struct
    {
        EmitFlags.CheckName(name);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var id = Namespace.NextAckId();
        var ack = new SocketAck<T>(this, id, new ArgumentReader<T>(Namespace.Format));
        if (!Acks.Add(id, ack))
        {
            return Task.FromException<T>(new DisconnectedException(_reason));
        }

        try
        {
            Deliver(name, payload, flags, id);
        }
        catch
        {
            Acks.Take(id);
            throw;
        }

        ack.Watch(flags.Timeout ?? Namespace.Server.Options.AckTimeout, cancellationToken);
        return ack.Task;
    }

    /// <summary>Queues a message for this socket alone; nothing leaves after the end.</summary>
    internal bool Send(OutboundMessage message, bool isVolatile = false) =>
        System.Threading.Volatile.Read(ref _state) != State.Ended && Conn.Send(message, isVolatile);

    /// <summary>Tells the listeners for what is sent; they see the arguments as the caller gave them.</summary>
    internal void NotifyOutgoing(string name, object?[] arguments)
    {
        foreach (var listener in (AnyOutgoingListener[])[.. Namespace.Handlers.AnyOutgoing.Items, .. OwnHandlers?.AnyOutgoing.Items ?? []])
        {
            try
            {
                listener.Run(this, name, arguments);
            }
            catch (Exception e)
            {
                ReportError(name, e);
            }
        }
    }

    private void Deliver<TPayload>(string name, TPayload payload, EmitFlags flags, long? id)
        where TPayload : IEventPayload, allows ref struct
    {
        if (Namespace.HasOutgoingListeners)
        {
            NotifyOutgoing(name, payload.ToObjects());
        }

        // Acknowledgements and volatile events are not sent again.
        if (Recovery is { } session && Namespace.Log is { } log && id is null && !flags.Volatile)
        {
            Namespace.Server.Metrics.EventsSent(log.Emit(this, session, !flags.NoCompress, name, payload));
            return;
        }

        var message = OutboundMessage.FromPacket(payload.Encode(Namespace.Format, Namespace.Name, name, id), !flags.NoCompress);
        if (Send(message, flags.Volatile))
        {
            Namespace.Server.Metrics.EventsSent(1);
            if (id is null)
            {
                SentWithoutOffset(message);
            }
        }
    }
}
