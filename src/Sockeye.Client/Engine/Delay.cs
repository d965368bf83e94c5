namespace Sockeye.Client.Engine;

/// <summary>A pause on the connection's clock, which a token ends early, without an exception.</summary>
internal sealed class Delay : IDisposable
{
    private readonly TaskCompletionSource<bool> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;

    public Delay(TimeProvider clock, TimeSpan pause, CancellationToken cancellationToken)
    {
        _timer = clock.CreateTimer(static state => ((TaskCompletionSource<bool>)state!).TrySetResult(true), _source, pause, Timeout.InfiniteTimeSpan);
        _registration = cancellationToken.Register(static state => ((TaskCompletionSource<bool>)state!).TrySetResult(false), _source, useSynchronizationContext: false);
    }

    /// <summary>Completes after the pause, or when it was ended.</summary>
    public Task Task => _source.Task;

    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
    }
}
