using System.Net;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>The host stops with sessions open, upgraded and upgrading, within a bound (the fixture's), and each session hears of its end.</summary>
public sealed class ShutdownTests
{
    [Theory]
    [InlineData("EIO-S-081", "polling")]
    [InlineData("EIO-S-081", "waiting poll")]
    [InlineData("EIO-S-081", "websocket")]
    [InlineData("EIO-S-082", "upgraded")]
    [InlineData("EIO-S-083", "upgrading")]
    [InlineData("EIO-S-081", "deaf websocket")]
    [InlineData("EIO-S-081", "unfinished post")]
    public async Task The_host_stops(string id, string state)
    {
        await using var host = await EngineHost.StartAsync();
        await using var tcp = await host.Kestrel.TcpAsync();
        RawWebSocketClient? candidate = null;
        EngineClient? client = null;
        RecordedSession session;
        Task<RawResponse>? poll = null;
        if (state == "deaf websocket")
        {
            await tcp.UpgradeAsync($"{EngineHost.Path}?{EngineHost.WebSocketQuery}");
            session = await host.Handler.NextAsync();
        }
        else
        {
            (client, session) = await host.OpenAsync(state == "websocket" ? "websocket" : "polling");
        }

        if (state == "unfinished post")
        {
            await tcp.SendRequestAsync($"POST {EngineHost.Path}?{client!.Polling.Query}", "Content-Length: 10", "Expect: 100-continue");
            await tcp.ReadHeadAsync();
        }

        if (state == "waiting poll")
        {
            await host.ArrivedAsync(() => poll = client!.Polling.PollAsync());
        }

        if (state is "upgraded" or "upgrading")
        {
            candidate = await host.CandidateAsync(client!.Sid);
            await candidate.SendTextAsync("2probe");
            await candidate.ReceiveTextAsync();
        }

        if (state == "upgraded")
        {
            await candidate!.SendTextAsync("5");
            await Eventually.TrueAsync(() => session.Session.TransportName == "websocket", () => "no upgrade");
        }

        await host.Kestrel.StopAsync();

        Assert.Equal((id, "forced close"), (id, await session.EndReasonAsync()));
        if (poll is not null)
        {
            Assert.True((await poll).Body == "1", "a waiting poll gets the close packet");
        }

        if (candidate is not null)
        {
            await candidate.WaitForCloseAsync();
            await candidate.DisposeAsync();
        }

        if (client is not null)
        {
            await client.DisposeAsync();
        }

        Assert.Equal((0, 1, 1), (host.Server.Count, host.Handler.Opens, host.Handler.Closes));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_handshake_that_the_stop_overtakes_opens_no_session_or_one_that_ends(string transport)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await EngineHost.StartAsync(options => options.GenerateId = async _ =>
        {
            asked.TrySetResult();
            return await answer.Task;
        });
        var opening = transport == "polling" ? (Task)host.GetAsync(EngineHost.PollingQuery) : host.WebSocketAsync();
        await asked.Task.Within();
        host.Server.CloseAll();
        answer.SetResult("late");
        await ((Task)opening.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default)).Within();
        await host.WaitForNothingLeftAsync();
        // The end is told after the session is gone.
        await Eventually.TrueAsync(() => host.Handler.Opens == host.Handler.Closes, () => $"{host.Handler.Opens} opened, {host.Handler.Closes} closed");
        if (opening is Task<RawWebSocketClient> { IsCompletedSuccessfully: true } socket)
        {
            await (await socket).DisposeAsync();
        }
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_server_that_stops_takes_no_new_sessions(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        host.Server.CloseAll();
        var status = transport == "polling" ? (await host.GetAsync(EngineHost.PollingQuery)).Status : await host.RefusedWebSocketAsync(EngineHost.WebSocketQuery);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 0), (status, host.Handler.Opens));
    }

    [Fact]
    public async Task EIO_S_051_a_server_that_starts_anew_serves_anew()
    {
        for (var i = 0; i < 2; i++)
        {
            await using var host = await EngineHost.StartAsync();
            var (client, session) = await host.OpenAsync("websocket");
            await using var _ = client;
            await host.Kestrel.StopAsync();
            await client.Socket.WaitForCloseAsync();
            Assert.Equal("forced close", await session.EndReasonAsync());
        }
    }
}
