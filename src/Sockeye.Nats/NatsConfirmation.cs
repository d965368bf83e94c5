using NATS.Client.Core;

namespace Sockeye.Nats;

/// <summary>
/// NATS confirms no message; but it reads a link in order, so its PONG says that it has read what was sent before the PING. One PING is under way at a time, and the next one is for all who came meanwhile. Thread-safe.
/// </summary>
internal sealed class NatsConfirmation(NatsConnection connection, TimeSpan timeout)
{
    private readonly Lock _gate = new();
    private Task _current = Task.CompletedTask;
    private Task? _next;

    /// <summary>Completes when the server has read what was given to the connection before this call. An exception: nobody knows.</summary>
    public Task ConfirmAsync()
    {
        lock (_gate)
        {
            return _next ?? (_current.IsCompleted ? _current = PingAsync() : _next = PingAfterAsync(_current));
        }
    }

    private async Task PingAfterAsync(Task previous)
    {
        // Who waits for the previous one is told by that. Never at once: the lock is held.
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task ping;
        lock (_gate)
        {
            _next = null;
            _current = ping = PingAsync();
        }

        await ping.ConfigureAwait(false);
    }

    private async Task PingAsync()
    {
        using var giveUp = new CancellationTokenSource(timeout);
        await connection.PingAsync(giveUp.Token).ConfigureAwait(false);
    }
}
