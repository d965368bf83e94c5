using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>When a client does not get its socket back the server knows, and says why: to the socket, a hook, the log and a metric.</summary>
public sealed class RecoveryFailureTests
{
    private static readonly TimeSpan TwoMinutes = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Unknown_session()
    {
        await using var host = await FailureHost.StartAsync();
        host.Client.Pid = "AAAAAAAAAAAAAAAAAAAA";
        await host.ExpectFailureAsync(RecoveryFailure.UnknownSession, "unknown session");
    }

    [Theory]
    [InlineData("of another namespace")]
    [InlineData("client namespace disconnect")]
    [InlineData("server namespace disconnect")]
    [InlineData("parse error")]
    public async Task Unknown_session_after_an_end_that_is_no_loss(string end)
    {
        await using var host = await FailureHost.StartAsync();
        var pid = "";
        if (end == "of another namespace")
        {
            await using var other = new RecoveringClient(host.Server, ns: "/other");
            await other.ConnectAsync();
            pid = other.Pid!;
        }
        else
        {
            await host.Client.ConnectAsync();
            pid = host.Client.Pid!;
            switch (end)
            {
                case "client namespace disconnect":
                    await host.Client.Connection.SendAsync("41");
                    break;
                case "server namespace disconnect":
                    host.Socket.Disconnect();
                    break;
                default:
                    await host.Client.Connection.SendTogetherAsync("x");
                    break;
            }

            await host.Ends.ExpectAsync(end == "of another namespace" ? [] : [end]);
            await host.Client.DisposeAsync();
        }

        host.Client.Pid = pid;
        await host.ExpectFailureAsync(RecoveryFailure.UnknownSession, "unknown session");
    }

    [Theory]
    [InlineData("transport close")]
    [InlineData("transport error")]
    [InlineData("forced close")]
    [InlineData("ping timeout")]
    public async Task A_loss_is_recovered(string end)
    {
        await using var host = await FailureHost.StartAsync();
        await host.Client.ConnectAsync();
        var sid = host.Client.Sid;
        switch (end)
        {
            case "transport close":
                await host.Client.LoseAsync();
                break;
            case "transport error":
                host.Socket.Conn.Fail(EngineCloseReason.TransportError, "the test says so");
                break;
            case "forced close":
                await host.Client.Connection.SendAsync("4abc");
                break;
            default:
                host.Client.Connection.AnswersPings = false;
                host.Time.Advance(TimeSpan.FromSeconds(25));
                host.Time.Advance(TimeSpan.FromSeconds(21));
                break;
        }

        await host.Ends.ExpectAsync(end);
        await host.Client.DisposeAsync();
        Assert.Empty(await host.Client.ConnectAsync());
        Assert.Equal(sid, host.Client.Sid);
        Assert.Empty(host.Failures.TakePending());
    }

    [Fact]
    public async Task Expired_and_later_unknown_and_nothing_is_left()
    {
        await using var host = await FailureHost.StartAsync();
        await host.Client.ConnectAsync();
        await host.Server.Io().EmitAsync("hello");
        await host.Client.ExpectAsync("""["hello"]""");
        var (sid, pid) = (host.Client.Sid, host.Client.Pid);
        var recovery = host.Server.Io().Recovery!;

        // In the last moment it is not too late.
        await host.LoseAsync();
        host.Time.Advance(TwoMinutes);
        Assert.Empty(await host.Client.ConnectAsync());
        Assert.Equal(sid, host.Client.Sid);
        await host.LoseAsync();
        await host.Server.Io().EmitAsync("never seen");
        host.Time.Advance(TwoMinutes + TimeSpan.FromMilliseconds(1));
        await host.ExpectFailureAsync(RecoveryFailure.Expired, "expired");
        Assert.NotEqual(sid, host.Client.Sid);

        // The sweep has forgotten it, but for the name; then that, too.
        await host.LoseAsync();
        host.Time.Advance(TimeSpan.FromSeconds(31));
        host.Client.Pid = pid;
        await host.ExpectFailureAsync(RecoveryFailure.Expired, "expired");
        await host.LoseAsync();
        host.Time.Advance(TwoMinutes * 3);
        host.Time.Advance(TwoMinutes * 3);
        Assert.Equal((0, 0, 0L), (recovery.Count, recovery.KeptCount, recovery.Budget.Bytes));
        host.Client.Pid = pid;
        await host.ExpectFailureAsync(RecoveryFailure.UnknownSession, "unknown session");
    }

    [Fact]
    public async Task Offset_gone()
    {
        await using var host = await FailureHost.StartAsync();
        await host.Client.ConnectAsync();
        await host.Server.Io().EmitAsync("hello");
        await host.Client.ExpectAsync("""["hello"]""");
        await host.LoseAsync();
        host.Client.Offset = "no offset of this server";
        await host.ExpectFailureAsync(RecoveryFailure.OffsetGone, "offset gone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_trimmed(bool wasLostBefore)
    {
        await using var host = await FailureHost.StartAsync(options => options.ConnectionStateRecovery!.MaxLogBytes = 10_000);
        await host.Client.ConnectAsync();
        var io = host.Server.Io();
        using var size = host.Server.CollectMetric<long>("Sockeye", "sockeye.sockets.recovery.log_size");
        using var trimmed = host.Server.CollectMetric<long>("Sockeye", "sockeye.sockets.recovery.log_trimmed");
        await io.EmitAsync("hello");
        await host.Client.ExpectAsync("""["hello"]""");
        SocketIOTestClient? dead = null;
        if (wasLostBefore)
        {
            await host.LoseAsync();
        }
        else
        {
            dead = host.Client.Abandon();
        }

        for (var i = 0; i < 20; i++)
        {
            await io.EmitAsync("large", new string('x', 1000));
        }

        Assert.InRange(io.Recovery!.Budget.Bytes, 1, 10_000);
        Assert.InRange(io.Main.Log!.Count, 1, 10);
        Assert.Equal(io.Recovery.Budget.Bytes, size.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        var reasons = trimmed.GetMeasurementSnapshot().Select(measurement => (string)measurement.Tags["reason"]!).ToArray();
        Assert.Equal(21 - io.Main.Log.Count, reasons.Length);
        Assert.All(reasons, reason => Assert.Equal("bytes", reason));
        await host.ExpectFailureAsync(RecoveryFailure.LogTrimmed, "log trimmed");
        await (dead?.DisposeAsync() ?? default);
    }

    [Theory]
    [InlineData("user=ada", "user=bob")]
    [InlineData("user=ada", "")]
    [InlineData("", "user=ada")]
    [InlineData("user=", "user=")]
    public async Task User_changed(string before, string after)
    {
        await using var host = await FailureHost.StartAsync();
        await host.Client.ConnectAsync(otherQuery: before);
        var (sid, pid) = (host.Client.Sid, host.Client.Pid);
        var dead = host.Client.Abandon();
        await host.ExpectFailureAsync(RecoveryFailure.UserChanged, "user changed", after);

        // The former one has lost nothing, not even its connection.
        Assert.NotEqual(sid, host.Client.Sid);
        Assert.True(host.Server.Io().Main.FindSocket(sid!)!.Connected);
        await dead.DisposeAsync();
        if (before != "user=")
        {
            await using var rightful = new RecoveringClient(host.Server, query: before) { Pid = pid };
            await rightful.ConnectAsync();
            Assert.Equal(sid, rightful.Sid);
        }
    }

    [Fact]
    public async Task The_same_user_is_recovered()
    {
        await using var host = await FailureHost.StartAsync();
        await host.Client.ConnectAsync(otherQuery: "user=ada");
        var sid = host.Client.Sid;
        await host.LoseAsync();
        await host.Client.ConnectAsync(otherQuery: "user=ada");
        Assert.Equal(sid, host.Client.Sid);
    }

    [Fact]
    public async Task A_policy_of_the_namespace_is_asked_of_a_recovered_socket_too_although_it_skips_middlewares()
    {
        await using var host = await FailureHost.StartAsync(map: io => io.Namespace("/staff").RequireAuthorization(policy => policy.RequireClaim("role", "staff")));
        await using var client = new RecoveringClient(host.Server, ns: "/staff");
        await client.ConnectAsync(otherQuery: "user=ada&role=staff");
        var sid = client.Sid;
        await client.LoseAsync();
        await client.ConnectAsync(otherQuery: "user=ada&role=staff");
        Assert.Equal(sid, client.Sid);
        await client.LoseAsync();
        await using var dismissed = await SocketIOTestClient.OpenAsync(host.Server, query: "user=ada");
        await dismissed.SendAsync($$"""40/staff,{"pid":"{{client.Pid}}"}""");
        Assert.Equal("""44/staff,{"message":"Forbidden","data":{"code":403}}""", (await dismissed.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task Too_much_missed()
    {
        await using var host = await FailureHost.StartAsync(options => options.MaxQueuedBytes = 10_000);
        await host.Client.ConnectAsync();
        await host.LoseAsync();
        for (var i = 0; i < 6; i++)
        {
            await host.Server.Io().EmitAsync("large", new string('x', 1000));
        }

        await host.ExpectFailureAsync(RecoveryFailure.TooMuchMissed, "too much missed");
    }

    [Fact]
    public async Task Already_claimed_of_two_connections_that_ask_at_once_exactly_one_gets_it()
    {
        var hold = new TaskCompletionSource();
        await using var host = await FailureHost.StartAsync(map: io => io.OnDisconnect((_, _) => hold.Task));
        await host.Client.ConnectAsync();
        var (sid, pid) = (host.Client.Sid!, host.Client.Pid);
        await host.LoseAsync(waitForHandlers: false);
        await using var one = new RecoveringClient(host.Server) { Pid = pid };
        await using var two = new RecoveringClient(host.Server) { Pid = pid };
        var connecting = new[] { one.ConnectAsync(), two.ConnectAsync() };

        // The loser does not wait for the winner.
        await (await Task.WhenAny(connecting).Within());
        await host.Failures.ExpectAsync("already claimed");
        hold.SetResult();
        await Task.WhenAll(connecting).Within();
        Assert.Equal(1, new[] { one.Sid, two.Sid }.Count(id => id == sid));
        Assert.NotEqual(one.Pid, two.Pid);
        Assert.Equal(2, host.Server.Io().Main.SocketCount);
    }

    [Theory]
    [InlineData(45, 5)]
    [InlineData(6, 3)]
    public async Task Handlers_of_the_former_socket_that_never_finish_cost_the_recovery_but_not_the_connection(int connectTimeout, int patience)
    {
        var hold = new TaskCompletionSource();
        await using var host = await FailureHost.StartAsync(options => options.ConnectTimeout = TimeSpan.FromSeconds(connectTimeout), io => io.OnDisconnect((_, _) => hold.Task));
        await host.Client.ConnectAsync();
        var session = host.Socket.Recovery!;
        await host.LoseAsync(waitForHandlers: false);
        var failing = host.ExpectFailureAsync(RecoveryFailure.StillEnding, "still ending");
        await SocketIOTestServer.UntilAsync(() => session.Waiting is not null);
        host.Time.Advance(TimeSpan.FromSeconds(patience));
        await failing;
        hold.SetResult();
        await SocketIOTestServer.UntilAsync(() => session.IsFinished);
        Assert.Equal((0, 0), (host.Server.Io().Recovery!.KeptCount, host.Server.Io().Recovery!.PlaceCount));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_claim_whose_connection_is_lost_while_it_waits_does_not_stand_in_the_way_of_the_next(bool sees)
    {
        var hold = new TaskCompletionSource();
        await using var host = await FailureHost.StartAsync(map: io => io.OnDisconnect((_, _) => hold.Task));
        await host.Client.ConnectAsync();
        var (sid, pid, session) = (host.Client.Sid, host.Client.Pid, host.Socket.Recovery!);
        await host.LoseAsync(waitForHandlers: false);
        var flapping = await SocketIOTestClient.OpenAsync(host.Server);
        await flapping.SendAsync($$"""40{"pid":"{{pid}}"}""");
        await SocketIOTestServer.UntilAsync(() => session.Waiting is not null);
        var claimant = session.Claimant!;
        await flapping.CloseAsync();
        await SocketIOTestServer.UntilAsync(() => sees ? session.Claimant is null : claimant.Session.State != EngineState.Open);
        var back = host.Client.ConnectAsync();
        await SocketIOTestServer.UntilAsync(() => (session.Claimant ?? claimant) != claimant);
        hold.SetResult();
        Assert.Empty(await back);
        Assert.Equal(sid, host.Client.Sid);
        Assert.Empty(host.Failures.TakePending());
        await flapping.DisposeAsync();
    }

    [Fact]
    public async Task A_lost_socket_has_one_place_among_the_lost_however_often_it_is_refused()
    {
        await using var host = await FailureHost.StartAsync(
            options => options.ConnectionStateRecovery!.SkipMiddlewares = false,
            io => io.Use((socket, next) => socket.Recovered ? throw new ConnectErrorException("not now") : next()));
        await host.Client.ConnectAsync();
        var pid = host.Client.Pid;
        await host.LoseAsync();
        await using var client = await SocketIOTestClient.OpenAsync(host.Server);
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($$"""40{"pid":"{{pid}}"}""");
            Assert.Equal("""44{"message":"not now"}""", (await client.ReceiveAsync()).Text);
        }

        var recovery = host.Server.Io().Recovery!;
        Assert.Equal((1, 1), (recovery.KeptCount, recovery.PlaceCount));
        host.Time.Advance(TwoMinutes + TimeSpan.FromSeconds(31));
        Assert.Equal((0, 0), (recovery.KeptCount, recovery.PlaceCount));
    }

    [Fact]
    public async Task What_throws_on_the_way_to_the_socket_keeps_neither_the_namespace_nor_the_claim()
    {
        var time = new BreakingClock();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Namespace(new System.Text.RegularExpressions.Regex("^/dynamic-\\d+$")),
            options =>
            {
                options.CleanupEmptyChildNamespaces = true;
                RecoveryTests.Enable(options);
            },
            time);
        await using var client = new RecoveringClient(server, ns: "/dynamic-1");
        await client.ConnectAsync();
        var sid = client.Sid;
        await client.LoseAsync();
        await using (var broken = await SocketIOTestClient.OpenAsync(server))
        {
            time.IsBroken = true;
            await broken.SendAsync($$"""40/dynamic-1,{"pid":"{{client.Pid}}"}""");
            await broken.Closed;
            time.IsBroken = false;
        }

        Assert.Empty(await client.ConnectAsync());
        Assert.Equal(sid, client.Sid);
        await client.Connection.SendAsync("41/dynamic-1,");
        await SocketIOTestServer.UntilAsync(() => server.Io().Namespaces.Find("/dynamic-1") is null);
    }

    [Fact]
    public async Task A_host_that_is_disposed_without_a_stop_leaves_no_clock_running()
    {
        await using var host = await FailureHost.StartAsync();
        await host.Client.ConnectAsync();
        await host.LoseAsync();
        var recovery = host.Server.Io().Recovery!;
        host.Server.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<SocketIOLifetime>().Single().Dispose();
        host.Time.Advance(TwoMinutes * 3);

        // The sweep would have taken it out.
        Assert.Equal((0, 1), (recovery.Count, recovery.PlaceCount));
    }

    [Fact]
    public async Task More_lost_sockets_than_are_kept_cost_the_oldest()
    {
        await using var host = await FailureHost.StartAsync(options => options.ConnectionStateRecovery!.MaxSessions = 2);
        using var dropped = host.Server.CollectMetric<long>("Sockeye", "sockeye.sockets.recovery.sessions_dropped");
        var clients = Enumerable.Range(0, 3).Select(_ => new RecoveringClient(host.Server)).ToArray();
        foreach (var client in clients)
        {
            await client.ConnectAsync();
        }

        var sids = clients.Select(client => client.Sid).ToArray();
        for (var i = 0; i < 3; i++)
        {
            await clients[i].LoseAsync();
            await SocketIOTestServer.UntilAsync(() => host.Server.Io().Recovery!.KeptCount == Math.Min(i + 1, 2));
        }

        Assert.Equal("count", dropped.LastMeasurement!.Tags["reason"]);
        foreach (var client in clients)
        {
            await client.ConnectAsync();
        }

        Assert.Equal([false, true, true], clients.Select((client, i) => client.Sid == sids[i]));
        await host.Failures.ExpectAsync("unknown session");
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("""{"pid":1,"offset":"x"}""", false)]
    [InlineData("""{"pid":null}""", false)]
    [InlineData("""{"pid":["x"],"offset":{}}""", false)]
    [InlineData("""{"\ud800":1}""", false)]
    [InlineData("""{"\ud800":1}""", false, true)]
    [InlineData("""{"\udc00x":1,"pid":""}""", true)]
    [InlineData("""{"pid":"","\udc00x":1}""", true, true)]
    [InlineData("""{"pid":"\ud800","offset":"\udc00"}""", true)]
    [InlineData("""{"pid":"","offset":""}""", true)]
    public async Task Nonsense_gives_a_new_socket(string auth, bool isReported, bool hasMiddleware = false)
    {
        await using var host = await FailureHost.StartAsync(map: io =>
        {
            if (hasMiddleware)
            {
                io.Use((_, next) => next());
            }
        });
        await using var client = await SocketIOTestClient.ConnectAsync(host.Server, auth: auth);
        await host.Failures.ExpectAsync(isReported ? ["unknown session"] : []);
        Assert.Equal(isReported ? RecoveryFailure.UnknownSession : null, host.Server.Io().Main.FindSocket(client.Id)!.RecoveryFailure);
    }

    [Fact]
    public async Task Wrong_options_stop_the_start()
    {
        foreach (var wrong in (Action<ConnectionStateRecoveryOptions>[])[o => o.MaxDisconnectionDuration = TimeSpan.Zero, o => o.MaxLogBytes = 0, o => o.MaxSessions = 0])
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => SocketIOTestServer.StartAsync(options: options => wrong(options.ConnectionStateRecovery = new())));
            Assert.Contains("a valid value", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_reason_has_a_text()
    {
        var texts = Enum.GetValues<RecoveryFailure>().Select(failure => failure.ToText()).ToArray();
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => ((RecoveryFailure)99).ToText());
    }

    /// <summary>A server whose clock stands still, that takes the user from the query, and what it says of failures.</summary>
    private sealed class FailureHost : IAsyncDisposable
    {
        public FakeTimeProvider Time { get; } = new();

        public Journal Failures { get; } = new();

        public Journal Ends { get; } = new();

        public KestrelServer Server { get; private set; } = null!;

        public RecoveringClient Client { get; private set; } = null!;

        public ServerSocket Socket => Server.Io().Main.FindSocket(Client.Sid!)!;

        public static async Task<FailureHost> StartAsync(Action<SocketIOOptions>? options = null, Action<SocketIOEndpoint>? map = null)
        {
            var host = new FailureHost();
            host.Server = await SocketIOTestServer.StartAsync(
                io =>
                {
                    io.Namespace("/other");
                    io.OnRecoveryFailed((socket, failure) =>
                    {
                        Assert.True(socket.Connected);
                        host.Failures.Add(failure.ToText());
                    });
                    io.OnDisconnect((_, reason) => host.Ends.Add(reason.ToWireString()));
                    map?.Invoke(io);
                },
                socketIO =>
                {
                    RecoveryTests.Enable(socketIO);
                    options?.Invoke(socketIO);
                },
                host.Time,
                builder => builder.Services.AddAuthorization().AddSingleton<IStartupFilter, UserFromQuery>());
            host.Client = new RecoveringClient(host.Server);
            return host;
        }

        /// <summary>Loses the connection, and waits until the server has done all that it does then.</summary>
        public async Task LoseAsync(bool waitForHandlers = true)
        {
            var session = Socket.Recovery!;
            await Client.LoseAsync();
            if (waitForHandlers)
            {
                await SocketIOTestServer.UntilAsync(() => session.IsFinished);
            }
        }

        /// <summary>The client connects, asking for its socket, and gets a new one for the given reason, which is told everywhere.</summary>
        public async Task ExpectFailureAsync(RecoveryFailure failure, string text, string? query = null)
        {
            using var outcomes = Server.CollectMetric<long>("Sockeye", "sockeye.sockets.recoveries");
            Assert.Empty(await Client.ConnectAsync(otherQuery: query));
            await Failures.ExpectAsync(text);
            Assert.Equal((failure, false), (Socket.RecoveryFailure, Socket.Recovered));
            Assert.Equal(text, outcomes.LastMeasurement!.Tags["outcome"]);
            Assert.Contains(Server.Logs.GetSnapshot(), record => record.Message.Contains($"could not get its former socket back: {text}", StringComparison.Ordinal));

            // The new one is a socket like any other.
            await Socket.EmitAsync("welcome");
            await Client.ExpectAsync("""["welcome"]""");
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    /// <summary>Its hands may break while its pendulum goes on: claims need timestamps, only the new socket needs the date.</summary>
    private sealed class BreakingClock : FakeTimeProvider
    {
        private bool _isBroken;
        private long _lastTimestamp;

        public bool IsBroken
        {
            get => Volatile.Read(ref _isBroken);
            set
            {
                _lastTimestamp = GetTimestamp();
                Volatile.Write(ref _isBroken, value);
            }
        }

        public override long GetTimestamp() => IsBroken ? _lastTimestamp : base.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new InvalidOperationException("The clock is broken.") : base.GetUtcNow();
    }

    private sealed class UserFromQuery : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                if (context.Request.Query["user"] is [{ } name])
                {
                    var claims = new List<Claim>();
                    if (name.Length > 0)
                    {
                        claims.Add(new Claim(ClaimTypes.NameIdentifier, name));
                    }

                    if (context.Request.Query["role"] is [{ } role])
                    {
                        claims.Add(new Claim("role", role));
                    }

                    context.User = new ClaimsPrincipal(new ClaimsIdentity(claims, "query"));
                }

                return rest(context);
            });
            next(app);
        };
    }
}
