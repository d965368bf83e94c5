using System.Runtime.CompilerServices;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A socket and how the next things are sent to it: an immutable value, each step gives a new one.</summary>
public readonly struct SocketOperator
{
    private readonly ServerSocket _socket;
    private readonly EmitFlags _flags;

    internal SocketOperator(ServerSocket socket, EmitFlags flags)
    {
        _socket = socket;
        _flags = flags;
    }

    /// <summary>The event may be lost: it is dropped, with its attachments, when the connection cannot take it right now.</summary>
    public SocketOperator Volatile => new(_socket, _flags with { Volatile = true });

    /// <summary>Everyone in the namespace but this socket.</summary>
    public Broadcast Broadcast => _socket.Others(_flags);

    /// <summary>Everyone in the namespace on this server but this socket.</summary>
    public Broadcast Local => Broadcast.Local;

    /// <summary>Whether the event may be compressed, where the transport does (default true).</summary>
    public SocketOperator Compress(bool compress) => new(_socket, _flags with { NoCompress = !compress });

    /// <summary>How long an acknowledgement is waited for; zero gives up at once, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits until the socket disconnects.</summary>
    public SocketOperator Timeout(TimeSpan timeout)
    {
        EmitFlags.CheckTimeout(timeout);
        return new(_socket, _flags with { Timeout = timeout });
    }

    /// <summary>Those in these rooms but this socket.</summary>
    public Broadcast To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To"/>.</summary>
    public Broadcast In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>Everyone in the namespace but this socket and those in these rooms.</summary>
    public Broadcast Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    /// <summary>Sends an event with any number of arguments to this socket.</summary>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => _socket.Emit(name, new ManyArguments(arguments), _flags);

    /// <summary>Sends an event with one argument to this socket.</summary>
    public Task EmitAsync<T>(string name, T argument) => _socket.Emit(name, new OneArgument<T>(argument), _flags);

    /// <inheritdoc cref="EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => _socket.Emit(name, new ManyArguments([argument]), _flags);

    /// <summary>Sends an event "message".</summary>
    [OverloadResolutionPriority(-1)]
    public Task SendAsync(params ReadOnlySpan<object?> arguments) => EmitAsync("message", arguments);

    /// <summary>Sends an event "message" with one argument.</summary>
    public Task SendAsync<T>(T argument) => EmitAsync("message", argument);

    /// <inheritdoc cref="SendAsync{T}(T)" />
    public Task SendAsync(object? argument) => EmitAsync("message", argument);

    /// <summary>Sends an event to this socket and waits for the first value of the acknowledgement.</summary>
    /// <exception cref="AckTimeoutException">None came in time.</exception>
    /// <exception cref="DisconnectedException">The socket ended before one came.</exception>
    public Task<T> EmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default) =>
        _socket.EmitWithAck<T, ManyArguments>(name, new ManyArguments(arguments), _flags, cancellationToken);
}
