using System.Runtime.CompilerServices;

namespace Sockeye.Client.Sockets;

/// <summary>A socket and how the next things are sent through it: an immutable value, each step gives a new one.</summary>
public readonly struct ClientSocketOperator
{
    private readonly ClientSocket _socket;
    private readonly EmitFlags _flags;

    internal ClientSocketOperator(ClientSocket socket, EmitFlags flags)
    {
        _socket = socket;
        _flags = flags;
    }

    /// <inheritdoc cref="ClientSocket.Volatile" />
    public ClientSocketOperator Volatile => new(_socket, _flags with { Volatile = true });

    /// <inheritdoc cref="ClientSocket.Compress" />
    public ClientSocketOperator Compress(bool compress) => new(_socket, _flags with { NoCompress = !compress });

    /// <inheritdoc cref="ClientSocket.Timeout" />
    public ClientSocketOperator Timeout(TimeSpan timeout)
    {
        EmitFlags.CheckTimeout(timeout);
        return new(_socket, _flags with { Timeout = timeout });
    }

    /// <inheritdoc cref="ClientSocket.EmitAsync(string, ReadOnlySpan{object?})" />
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => _socket.Emit(name, arguments, _flags);

    /// <inheritdoc cref="ClientSocket.EmitAsync(string)" />
    public Task EmitAsync(string name) => _socket.Emit(name, [], _flags);

    /// <inheritdoc cref="ClientSocket.EmitAsync{T}(string, T)" />
    public Task EmitAsync<T>(string name, T argument) => _socket.Emit(name, argument, _flags);

    /// <inheritdoc cref="ClientSocket.EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => _socket.Emit(name, [argument], _flags);

    /// <inheritdoc cref="ClientSocket.SendAsync(ReadOnlySpan{object?})" />
    [OverloadResolutionPriority(-1)]
    public Task SendAsync(params ReadOnlySpan<object?> arguments) => EmitAsync("message", arguments);

    /// <inheritdoc cref="ClientSocket.SendAsync{T}(T)" />
    public Task SendAsync<T>(T argument) => EmitAsync("message", argument);

    /// <inheritdoc cref="ClientSocket.SendAsync{T}(T)" />
    public Task SendAsync(object? argument) => EmitAsync("message", argument);

    /// <inheritdoc cref="ClientSocket.EmitWithAckAsync{T}(string, ReadOnlySpan{object?}, TimeSpan?, CancellationToken)" />
    public Task<T> EmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default) =>
        _socket.EmitWithAck<T>(name, arguments, _flags, cancellationToken);
}
