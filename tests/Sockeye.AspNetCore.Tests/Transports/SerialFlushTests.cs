using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>Writes one after the other, and none is forgotten.</summary>
public sealed class SerialFlushTests
{
    [Fact]
    public async Task Requests_of_many_threads_never_run_two_steps_at_once_and_lose_none()
    {
        var (running, pending, written, overlaps) = (0, 0, 0, 0);
        var flush = new SerialFlush(new Writer(
            async () =>
            {
                overlaps += Interlocked.Increment(ref running) - 1;
                var taken = Interlocked.Exchange(ref pending, 0);
                await Task.Yield();
                written += taken;
                Interlocked.Decrement(ref running);
                return taken > 0;
            },
            exception => throw exception));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                for (var i = 0; i < 5000; i++)
                {
                    Interlocked.Increment(ref pending);
                    flush.Request();
                }
            },
            TestContext.Current.CancellationToken))).Within();
        await flush.WhenIdleAsync().Within();
        Assert.Equal((20_000, 0), (written, overlaps));
    }

    [Fact]
    public async Task A_step_that_throws_is_told_once_and_ends_the_writing()
    {
        var steps = 0;
        var failures = new List<Exception>();
        var flush = new SerialFlush(new Writer(
            () =>
            {
                steps++;
                throw new IOException("gone");
            },
            failures.Add));
        flush.Request();
        flush.Request();
        await flush.StopAsync().Within();
        Assert.Equal(("gone", 1), (Assert.Single(failures).Message, steps));
    }

    [Fact]
    public async Task Stopping_waits_for_the_running_step_and_starts_no_other()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var steps = 0;
        var flush = new SerialFlush(new Writer(
            async () =>
            {
                steps++;
                await gate.Task;
                return false;
            },
            _ => { }));
        flush.Request();
        flush.Request();
        var stopped = flush.StopAsync();
        Assert.False(stopped.IsCompleted);
        gate.SetResult();
        await stopped.Within();
        flush.Request();
        Assert.Equal(1, steps);
    }

    private sealed class Writer(Func<ValueTask<bool>> step, Action<Exception> failed) : ISerialWriter
    {
        public ValueTask<bool> WriteStepAsync() => step();

        public void OnWriteFailed(Exception exception) => failed(exception);
    }
}
