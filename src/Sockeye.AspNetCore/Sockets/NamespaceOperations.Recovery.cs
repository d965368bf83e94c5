namespace Sockeye.AspNetCore.Sockets;

public abstract partial class NamespaceOperations
{
    /// <summary>
    /// Called for each client that asked for its former socket and has connected with a new one instead, before the connection handlers. What it has missed is lost: the
    /// place to send it the current state. Only with <see cref="SocketIOOptions.ConnectionStateRecovery"/>. It is logged and counted in any case.
    /// </summary>
    public void OnRecoveryFailed(Func<ServerSocket, RecoveryFailure, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.RecoveryFailed.Add(handler);
    }

    /// <inheritdoc cref="OnRecoveryFailed(Func{ServerSocket, RecoveryFailure, Task})" />
    public void OnRecoveryFailed(Action<ServerSocket, RecoveryFailure> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.RecoveryFailed.Add((socket, failure) =>
        {
            handler(socket, failure);
            return Task.CompletedTask;
        });
    }
}
