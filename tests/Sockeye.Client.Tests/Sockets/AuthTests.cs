namespace Sockeye.Client.Tests.Sockets;

/// <summary>What goes with the CONNECT packet, and the callback that is asked for it.</summary>
public sealed class AuthTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_can_be_changed_between_connects_and_each_socket_has_its_own()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Auth = new { token = "client" });
        var root = client.Socket();
        var foo = client.Socket("/foo", static options => options.Auth = new { token = "foo" });
        var bar = client.Socket("/bar", static options => options.AuthProvider = static _ => new ValueTask<object?>(new { token = "asked" }));
        root.Connect();
        var session = await server.NextAsync();
        await session.ExpectAsync("""0{"token":"client"}""");
        foo.Connect();
        await session.ExpectAsync("""0/foo,{"token":"foo"}""");
        bar.Connect();
        await session.ExpectAsync("""0/bar,{"token":"asked"}""");
        foo.Disconnect();
        bar.Disconnect();
        root.Auth = new { token = "next" };
        session.Engine.Close();
        session = await server.NextAsync();
        await session.ExpectAsync("""0{"token":"next"}""");
    }

    [Theory]
    [InlineData("""{"pid":"p","offset":"qqqqAAAAAAAB","token":"x"}""", false)]
    [InlineData("""{"offset":"qqqqAAAAAAAB","pid":"mine","token":"x"}""", true)]
    public async Task The_secret_of_the_session_goes_with_it_and_the_application_s_members_win(string expected, bool withPid)
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client(configure: options => options.Auth = withPid ? new { pid = "mine", token = "x" } : new { token = "x" });
        var socket = client.Socket();
        socket.Connect();
        var session = await server.AcceptAsync("""0{"sid":"a","pid":"p"}""");
        var seen = socket.OnceAsync<string>("a", Token);
        session.Send("""2["a","b","qqqqAAAAAAAB"]""");
        Assert.Equal("b", await seen.Within());
        session.Engine.Close();
        await (await server.NextAsync()).ExpectAsync("0" + expected);
    }

    [Fact]
    public async Task A_callback_that_throws_is_a_connect_error_and_leaves_the_others_alone()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var root = client.Socket();
        await server.ConnectAsync(root);
        foreach (var provider in (Func<CancellationToken, ValueTask<object?>>[])[
            static _ => throw new InvalidOperationException("no token"),
            static async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("no token");
            }])
        {
            var foo = client.Socket("/foo");
            foo.AuthProvider = provider;
            var life = foo.Record();
            Assert.Equal("no token", (await Assert.ThrowsAsync<InvalidOperationException>(() => foo.ConnectAsync(Token).Within())).Message);
            await life.ExpectAsync("connect_error: no token");
            Assert.True(root.Connected);

            // The next connect asks again.
            foo.AuthProvider = static _ => new ValueTask<object?>((object?)null);
            await server.ConnectAsync(foo);
            await foo.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_cannot_be_serialised_is_a_connect_error()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client(configure: static options => options.Auth = new Loop());
        var socket = client.Socket();
        await Assert.ThrowsAsync<System.Text.Json.JsonException>(() => socket.ConnectAsync(Token).Within());

        // Also where the connection is open already.
        var foo = client.Socket("/foo", static options => options.AuthProvider = static _ => new ValueTask<object?>((object?)null));
        await server.ConnectAsync(foo);
        await Assert.ThrowsAsync<System.Text.Json.JsonException>(() => socket.ConnectAsync(Token).Within());
        Assert.False(socket.Active);
        socket.Auth = null;
        await server.ConnectAsync(socket);
    }

    [Fact]
    public async Task A_callback_is_asked_under_no_lock()
    {
        await using var server = await SocketServer.StartAsync();
        await using var client = server.Client();
        var (root, foo) = (client.Socket(), client.Socket("/foo"));
        await server.ConnectAsync(root);
        foo.AuthProvider = _ =>
        {
            // Another thread uses the client meanwhile, and this one waits for it.
            Assert.True(Task.Run(() => root.EmitAsync("echo", 1), Token).Wait(TimeSpan.FromSeconds(10), Token));
            return new ValueTask<object?>(new { ok = true });
        };
        await server.ConnectAsync(foo);
    }

    [Fact]
    public async Task A_callback_that_takes_long_is_told_when_the_socket_is_disposed_and_its_answer_is_not_used()
    {
        await using var server = await WireServer.StartAsync();
        await using var client = server.Client();
        var (root, foo) = (client.Socket(), client.Socket("/foo"));
        var (asked, told) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        root.Connect();
        var session = await server.AcceptAsync();
        foo.AuthProvider = async token =>
        {
            asked.TrySetResult();
            await using var registration = token.Register(() => told.TrySetResult());
            await told.Task;
            return new { late = true };
        };
        foo.Connect();
        await asked.Task.Within();
        await foo.DisposeAsync().AsTask().Within();
        await told.Task.Within();
        await root.ConnectAsync(Token).Within();
        await root.EmitAsync("next");
        await session.ExpectAsync("""2["next"]""");
    }

    private sealed class Loop
    {
        public Loop Self => this;
    }
}
