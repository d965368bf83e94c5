using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>What <c>io(url)</c> is in JavaScript: sockets that share connections by address.</summary>
public sealed class SharedClientTests
{
    [Fact]
    public async Task SIOC_C_03_the_same_namespace_twice_is_two_connections()
    {
        await using var server = await SocketServer.StartAsync();
        var (first, second) = (Connect(server.Url + "/"), Connect(server.Url + "/"));
        Assert.NotSame(first.Client, second.Client);
        await DisposeAsync(first, second);
    }

    [Fact]
    public async Task SIOC_C_04_another_query_for_the_same_namespace_is_another_connection()
    {
        await using var server = await SocketServer.StartAsync();
        var (first, second) = (Connect(server.Url + "/?woot"), Connect(server.Url + "/"));
        Assert.NotSame(first.Client, second.Client);
        await DisposeAsync(first, second);
    }

    [Fact]
    public async Task SIOC_C_05_another_path_is_another_connection()
    {
        await using var server = await SocketServer.StartAsync();
        var (first, second) = (Connect(server.Url + "/", static options => options.Path = "/foo"), Connect(server.Url + "/bar", static options => options.Path = "/bar"));
        Assert.NotSame(first.Client, second.Client);
        await DisposeAsync(first, second);
    }

    [Fact]
    public async Task SIOC_C_06_another_namespace_shares_the_connection()
    {
        await using var server = await SocketServer.StartAsync();
        var (foo, abc) = (Connect(server.Url + "/foo"), Connect(server.Url + "/abc"));
        Assert.Same(foo.Client, abc.Client);
        Assert.Same((await server.NextSocketAsync("/foo")).Conn, (await server.NextSocketAsync("/abc")).Conn);
        await DisposeAsync(foo, abc);
    }

    [Fact]
    public async Task SIOC_U_05_http_is_not_https_and_port_80_is_the_default()
    {
        ClientSocket[] sockets = [Connect("http://localhost:80/a"), Connect("http://localhost/b"), Connect("https://localhost/c")];
        Assert.Same(sockets[0].Client, sockets[1].Client);
        Assert.NotSame(sockets[0].Client, sockets[2].Client);
        await DisposeAsync(sockets);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Who_does_not_want_to_share_does_not(bool forceNew, bool multiplex)
    {
        await using var server = await SocketServer.StartAsync();
        var alone = Connect(server.Url + "/foo", options => (options.ForceNew, options.Multiplex) = (forceNew, multiplex));
        var shared = Connect(server.Url + "/asd");
        var second = Connect(server.Url + "/valid");
        Assert.NotSame(alone.Client, shared.Client);
        Assert.Same(shared.Client, second.Client);
        await DisposeAsync(alone, shared, second);
    }

    [Fact]
    public async Task A_client_that_was_disposed_is_not_given_out_again()
    {
        await using var server = await SocketServer.StartAsync();
        var first = Connect(server.Url + "/foo");
        await first.Client.DisposeAsync().AsTask().Within();
        var second = Connect(server.Url + "/asd");
        Assert.NotSame(first.Client, second.Client);
        await second.ConnectAsync(TestContext.Current.CancellationToken).Within();
        await DisposeAsync(second);
    }

    [Fact]
    public async Task A_namespace_whose_socket_was_disposed_is_free_again()
    {
        await using var server = await SocketServer.StartAsync();
        var (first, other) = (Connect(server.Url + "/foo"), Connect(server.Url + "/asd"));
        await first.DisposeAsync().AsTask().Within();
        var second = Connect(server.Url + "/foo");
        Assert.Same(other.Client, second.Client);
        Assert.NotSame(first, second);
        await DisposeAsync(second);
    }

    [Fact]
    public async Task Connecting_and_disposing_from_many_threads_ends_well()
    {
        await using var server = await SocketServer.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var socket = Connect($"{server.Url}/{(thread % 2 == 0 ? "foo" : "asd")}");
                await socket.Client.DisposeAsync();
            }
        }))).Within();
    }

    private static ClientSocket Connect(string url, Action<SocketIOClientOptions>? configure = null) => SocketIOClient.Connect(url, Clients.Options(configure: configure));

    private static async Task DisposeAsync(params ClientSocket[] sockets)
    {
        foreach (var socket in sockets)
        {
            await socket.Client.DisposeAsync().AsTask().Within();
        }
    }
}
