using System.Collections.Concurrent;
using System.Text;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class EventLaneTests
{
    private readonly InboundBudget _budget = new(1, long.MaxValue);
    private readonly Journal _journal = new();

    [Fact]
    public async Task Events_and_news_run_one_after_the_other_in_order()
    {
        var lane = Lane(async (packet, connection) =>
        {
            var name = NameOf(packet);
            _journal.Add($"begin {name} of {connection}");
            await Task.Yield();
            _journal.Add($"end {name}");
        });
        Add(lane, "a");
        lane.Add(() =>
        {
            _journal.Add("news");
            return Task.CompletedTask;
        });
        Add(lane, "b");
        await _journal.ExpectAsync("begin a of here", "end a", "news", "begin b of here", "end b");
    }

    [Fact]
    public async Task Each_thread_s_events_keep_their_order()
    {
        const int Threads = 4, Each = 2000;
        var next = new int[Threads];
        var (seen, done, running) = (0, new TaskCompletionSource(), 0);
        var lane = Lane(async (packet, _) =>
        {
            if (Interlocked.Increment(ref running) != 1)
            {
                done.TrySetException(new InvalidOperationException("Two ran at once"));
            }

            var parts = NameOf(packet).Split('-');
            var thread = int.Parse(parts[0], null);
            if (next[thread]++ != int.Parse(parts[1], null))
            {
                done.TrySetException(new InvalidOperationException($"{NameOf(packet)} came out of order"));
            }

            if (seen % 100 == 0)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref running);
            if (++seen == Threads * Each)
            {
                done.TrySetResult();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Add(lane, $"{thread}-{i}");
            }
        }))).Within();
        await done.Task.Within();
    }

    [Fact]
    public async Task More_may_run_at_once_and_start_in_order()
    {
        var release = new TaskCompletionSource();
        var lane = Lane(
            async (packet, _) =>
            {
                _journal.Add(NameOf(packet));
                await release.Task;
                _journal.Add("done");
            },
            concurrency: 2);
        foreach (var name in (string[])["a", "b", "c"])
        {
            Add(lane, name);
        }

        await _journal.ExpectInAnyOrderAsync("a", "b");
        _journal.ExpectNothing();
        release.SetResult();
        await _journal.ExpectInAnyOrderAsync("done", "done", "done", "c");
    }

    [Fact]
    public async Task What_an_event_costs_is_given_back_when_it_has_run()
    {
        var release = new TaskCompletionSource();
        var lane = Lane((_, _) => new ValueTask(release.Task));
        Add(lane, "a");
        var readable = _budget.WhenReadable().AsTask();
        Assert.False(readable.IsCompleted);
        release.SetResult();
        await readable.Within();
    }

    [Fact]
    public async Task After_close_no_event_begins_and_nothing_counts_but_the_news_of_the_end_still_comes()
    {
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var lane = Lane(async (packet, _) =>
        {
            _journal.Add(NameOf(packet));
            started.TrySetResult();
            await release.Task;
        });
        Add(lane, "a");
        await started.Task.Within();
        Add(lane, "b");
        lane.Add(() =>
        {
            _journal.Add("news");
            return Task.CompletedTask;
        });
        lane.Close();
        Add(lane, "c");
        lane.Add(() =>
        {
            _journal.Add("late news");
            return Task.CompletedTask;
        });
        release.SetResult();
        await _budget.WhenReadable().AsTask().Within();
        await _journal.ExpectAsync("a", "news");
        _journal.ExpectNothing();
    }

    [Fact]
    public async Task All_runs_on_the_context_and_stays_there()
    {
        using var context = new UserInterface();
        var lane = Lane(
            async (packet, _) =>
            {
                _journal.Add($"{NameOf(packet)}: {context.IsCurrent}");
                await Task.Yield();
                _journal.Add($"{NameOf(packet)} later: {context.IsCurrent}");
                await Task.Run(static () => { }, TestContext.Current.CancellationToken);
                _journal.Add($"{NameOf(packet)} at last: {context.IsCurrent}");
            },
            context: context);
        Add(lane, "a");
        lane.Add(() =>
        {
            _journal.Add($"news: {context.IsCurrent}");
            return Task.CompletedTask;
        });
        await _journal.ExpectAsync("a: True", "a later: True", "a at last: True", "news: True");
    }

    [Fact]
    public async Task A_context_that_is_gone_loses_events_and_not_the_lane()
    {
        var context = new GoneContext();
        var lane = Lane(
            (packet, _) =>
            {
                _journal.Add(NameOf(packet));
                return default;
            },
            context: context);
        Add(lane, "lost");
        await _budget.WhenReadable().AsTask().Within();
        context.IsGone = false;
        Add(lane, "a");
        await _journal.ExpectAsync("a");
        await _budget.WhenReadable().AsTask().Within();
    }

    private EventLane Lane(Func<Packet, object, ValueTask> run, int concurrency = 1, SynchronizationContext? context = null) => new(run, _budget, concurrency, context);

    private void Add(EventLane lane, string name)
    {
        var packet = new Packet { Type = PacketType.Event, Namespace = "/", EventName = Encoding.UTF8.GetBytes(name) };
        _budget.Take(EventLane.CostOf(packet));
        lane.Add(packet, "here");
    }

    private static string NameOf(Packet packet) => Encoding.UTF8.GetString(packet.EventName.Span);

    /// <summary>What has been closed does not take anything, as the dispatcher of a window that is gone.</summary>
    private sealed class GoneContext : SynchronizationContext
    {
        public bool IsGone { get; set; } = true;

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (IsGone)
            {
                throw new InvalidOperationException("The window is gone.");
            }

            base.Post(d, state);
        }
    }
}

/// <summary>One thread that does what is posted to it, like a user interface's.</summary>
internal sealed class UserInterface : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];
    private readonly Thread _thread;

    public UserInterface()
    {
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    public bool IsCurrent => Thread.CurrentThread == _thread;

    public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));

    public void Dispose()
    {
        // What is posted later waits for ever, as in a window that is closed.
        _posted.Add((static _ => throw new OperationCanceledException(), null));
        _thread.Join(Waiting.Bound);
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        try
        {
            while (true)
            {
                var (callback, state) = _posted.Take();
                callback(state);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }
}
