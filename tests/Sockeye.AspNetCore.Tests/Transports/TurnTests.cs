using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>Lanes and writes come at the end of a turn, in order; and nobody waits for somebody else's handler.</summary>
public sealed class TurnTests
{
    [Fact]
    public void Lanes_run_and_sessions_are_written_when_the_turn_ends()
    {
        var log = new List<string>();
        var session = new Session(log);
        OnThreadOfItsOwn(_ =>
        {
            var turn = Turn.Begin();
            Turn.Queue(new Lane(() =>
            {
                log.Add("lane");
                Turn.Queue((IFlushable)session);
            }));
            Turn.Queue((IFlushable)session);
            log.Add("read");
            turn.End(session);
            Assert.Null(Turn.Current);
        });
        Assert.Equal(["read", "written", "lane", "written"], log);
    }

    [Fact]
    public void What_is_queued_while_sessions_are_written_is_written_in_the_same_turn()
    {
        var log = new List<string>();
        Session? first = null;
        first = new Session(log, () =>
        {
            if (log.Count == 1)
            {
                Turn.Queue((IFlushable)first!);
            }
        });
        OnThreadOfItsOwn(_ =>
        {
            var turn = Turn.Begin();
            Turn.Queue((IFlushable)first);
            turn.End(first);
        });
        Assert.Equal(["written", "written"], log);
    }

    [Fact]
    public void A_session_of_somebody_else_goes_to_its_own_scheduler()
    {
        var log = new List<string>();
        OnThreadOfItsOwn(_ =>
        {
            var turn = Turn.Begin();
            Turn.Queue((IFlushable)new Session(log));
            turn.End(new object());
        });
        Assert.Equal(["scheduled"], log);
    }

    [Fact]
    public async Task A_turn_that_is_broken_up_gives_away_what_it_holds_and_what_it_gets()
    {
        var log = new List<string>();
        var ran = new Inbox<string>();
        var session = new Session(log);
        OnThreadOfItsOwn(mine =>
        {
            var turn = Turn.Begin();
            Turn.Queue(new Lane(() => ran.Add("first")));
            Turn.Queue((IFlushable)session);
            mine.BreakNow();
            Assert.Equal(["scheduled"], log);

            // A handler of this turn still runs, and what it causes does not wait for it.
            Turn.Queue(new Lane(() => ran.Add("second")));
            Turn.Queue((IFlushable)session);
            Assert.Equal(["scheduled", "scheduled"], log);
            turn.End(session);
            Assert.Equal(2, log.Count);

            // The next one is whole again.
            Turn.Begin();
            Turn.Queue((IFlushable)session);
            turn.End(session);
            Assert.Equal("written", log[^1]);
        });
        Assert.Equal(["first", "second"], new[] { await ran.TakeAsync(what: "a lane"), await ran.TakeAsync(what: "a lane") }.Order());
    }

    [Fact]
    public async Task What_a_request_left_in_its_context_does_not_reach_the_handlers()
    {
        var local = new AsyncLocal<string>();
        var seen = new Inbox<string?>();
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.Use(async (_, next) =>
                {
                    local.Value = "the request's";
                    await next();
                });
                app.MapSocketIO().On("event", (ServerSocket _) => seen.Add(local.Value));
            },
            web => web.Services.AddSocketIO());
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.EmitAsync("event");
        Assert.Null(await seen.TakeAsync(what: "the event"));
    }

    [Fact]
    public async Task A_handler_that_blocks_holds_up_neither_the_answers_before_it_nor_acks_nor_others()
    {
        using var go = new ManualResetEventSlim();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("echo", (ServerSocket _, int number) => number);
            io.On("block", (ServerSocket _) => Assert.True(go.Wait(Waiting.Bound)));
            io.On("ask", Ask);
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await using var other = await SocketIOTestClient.ConnectAsync(server);
        try
        {
            var answer = client.AskAsync("echo", 1);
            await client.EmitAsync("block");
            Assert.Equal("[1]", (await answer).Data.GetRawText());
            Assert.Equal("[2]", (await other.AskAsync("echo", 2)).Data.GetRawText());
        }
        finally
        {
            go.Set();
        }

        var asked = other.AskAsync("ask");
        var question = await other.ReceiveAsync();
        await other.AnswerAsync(question, 7);
        Assert.Equal("[7]", (await asked).Data.GetRawText());
    }

    // Nobody should write this, and many do.
    private static int Ask(ServerSocket socket) => socket.EmitWithAckAsync<int>("question").GetAwaiter().GetResult();

    /// <summary>With a turn that only the test breaks up: the machine may be slow.</summary>
    private static void OnThreadOfItsOwn(Action<UnwatchedTurn> test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                test(new UnwatchedTurn());
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        Assert.True(thread.Join(Waiting.Bound));
        if (failure is not null)
        {
            throw new InvalidOperationException("The test failed on its thread.", failure);
        }
    }

    private sealed class UnwatchedTurn : Turn
    {
        public UnwatchedTurn()
            : base(isWatched: false) => Use(this);

        public void BreakNow() => Break();
    }

    private sealed class Lane(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }

    private sealed class Session(List<string> log, Action? written = null) : IFlushable, IFlushScheduler
    {
        public IFlushScheduler Scheduler => this;

        public void Flush()
        {
            log.Add("written");
            written?.Invoke();
        }

        public void OnFlushFailed(Exception exception) => log.Add("failed");

        public void Schedule(IFlushable session) => log.Add("scheduled");
    }
}
