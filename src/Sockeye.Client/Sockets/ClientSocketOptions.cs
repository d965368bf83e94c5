namespace Sockeye.Client.Sockets;

/// <summary>Settings of one socket; what is null is as in the <see cref="SocketIOClientOptions"/> of its connection.</summary>
public sealed class ClientSocketOptions
{
    /// <inheritdoc cref="SocketIOClientOptions.Auth" />
    public object? Auth { get; set; }

    /// <inheritdoc cref="SocketIOClientOptions.AuthProvider" />
    public Func<CancellationToken, ValueTask<object?>>? AuthProvider { get; set; }

    /// <inheritdoc cref="SocketIOClientOptions.AckTimeout" />
    public TimeSpan? AckTimeout { get; set; }

    /// <inheritdoc cref="SocketIOClientOptions.Retries" />
    public int? Retries { get; set; }
}
