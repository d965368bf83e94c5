using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>A loop that is taken from a thread just when that comes back: the test is the watch, and says what happens between.</summary>
public sealed class EpollHandoverTests
{
    public static bool IsLinux => EpollServer.IsSupported;

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_thread_that_lost_its_loop_in_a_lane_never_waits_on_it_again()
    {
        await using var test = await LoopTest.StartAsync();
        using var go = new ManualResetEventSlim();
        var inLane = NewSource<Thread>();
        test.Post(() => Turn.Queue(new Lane(() =>
        {
            inLane.SetResult(Thread.CurrentThread);
            go.Wait(Waiting.Bound);
        })));
        var old = await inLane.Task.Within();
        var hasEnded = false;
        test.BeforeBreak = () =>
        {
            go.Set();
            // Before the loop has another thread.
            hasEnded = old.Join(Waiting.Bound);
        };
        Assert.True(test.TakeLoop());
        Assert.True(hasEnded);
        Assert.NotSame(old, await test.CallAsync().Within());
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_thread_that_lost_its_loop_while_reading_writes_without_it()
    {
        await using var test = await LoopTest.StartAsync();
        using var go = new ManualResetEventSlim();
        using var isWriting = new ManualResetEventSlim();
        using var isCalled = new ManualResetEventSlim();
        using var hasWritten = new ManualResetEventSlim();
        var reading = NewSource<Thread>();
        var session = new Session(test.Turns, static () => { });
        session.OnScheduler = () =>
        {
            session.OnScheduler = null;
            isWriting.Set();
            isCalled.Wait(Waiting.Bound);
        };
        test.Post(() =>
        {
            Turn.Queue(session);
            reading.SetResult(Thread.CurrentThread);
            go.Wait(Waiting.Bound);
        });
        var old = await reading.Task.Within();
        test.BeforeBreak = () =>
        {
            go.Set();
            // It has taken from the turn what it writes.
            Assert.True(isWriting.Wait(Waiting.Bound));
        };
        Assert.True(test.TakeLoop());
        // It writes while the new thread is in a call.
        var call = NewSource<Thread>();
        test.Post(() =>
        {
            isCalled.Set();
            hasWritten.Wait(Waiting.Bound);
            call.SetResult(Thread.CurrentThread);
        });
        Assert.True(old.Join(Waiting.Bound));
        hasWritten.Set();
        Assert.Equal(1, session.Flushes);
        Assert.Same(await call.Task.Within(), await test.CallAsync().Within());
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_thread_that_lost_its_loop_leaves_what_others_want_written_to_the_next()
    {
        await using var test = await LoopTest.StartAsync();
        using var go = new ManualResetEventSlim();
        var reading = NewSource<Thread>();
        var written = NewSource<Thread>();
        test.Post(() =>
        {
            reading.SetResult(Thread.CurrentThread);
            go.Wait(Waiting.Bound);
        });
        var old = await reading.Task.Within();
        var hasEnded = false;
        test.AfterBreak = () =>
        {
            test.Turns.Schedule(new Session(test.Turns, () => written.TrySetResult(Thread.CurrentThread)));
            go.Set();
            hasEnded = old.Join(Waiting.Bound);
        };
        Assert.True(test.TakeLoop());
        Assert.True(hasEnded);
        Assert.NotSame(old, await written.Task.Within());
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task A_thread_that_lost_its_loop_in_the_last_turn_does_not_close_it()
    {
        await using var test = await LoopTest.StartAsync();
        using var go = new ManualResetEventSlim();
        var last = NewSource<Thread>();
        test.Post(() =>
        {
            test.Loop.Stop();
            test.Post(() =>
            {
                last.SetResult(Thread.CurrentThread);
                go.Wait(Waiting.Bound);
            });
        });
        var old = await last.Task.Within();
        var hasEnded = false;
        var isClosed = true;
        test.BeforeBreak = () =>
        {
            go.Set();
            hasEnded = old.Join(Waiting.Bound);
            isClosed = test.Loop.Ended.IsCompleted;
        };
        Assert.True(test.TakeLoop());
        Assert.True(hasEnded);
        Assert.False(isClosed);
        await test.Loop.Ended.Within();
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The engine is for Linux.")]
    public async Task Sessions_that_always_have_more_to_write_leave_the_loop_to_its_sockets_and_lose_nothing()
    {
        await using var test = await LoopTest.StartAsync();
        var isSeen = false;
        var ended = NewSource<int>();
        var left = 10_000;
        Session session = null!;
        session = new Session(test.Turns, () =>
        {
            // Without anybody to wake the loop.
            if (Volatile.Read(ref isSeen) && --left == 0)
            {
                ended.SetResult(0);
            }
            else if (!ended.Task.IsCompleted)
            {
                Turn.Queue(session);
            }
        });
        try
        {
            test.Turns.Schedule(session);
            await SocketIOTestServer.UntilAsync(() => session.Flushes > 100);
            await test.CallAsync().Within();
            Volatile.Write(ref isSeen, true);
            await ended.Task.Within();
        }
        finally
        {
            ended.TrySetResult(0);
        }
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
