using System.Text.RegularExpressions;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Dynamic namespaces without clients: kept, or cleaned up where the option says so.</summary>
public sealed partial class NamespaceCleanupTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_N_36_SIO_N_37_with_cleanup_a_namespace_goes_with_its_last_client_and_comes_with_the_next(Via via)
    {
        var journal = new Journal();
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                family = io.Namespace(Dynamic());
                io.OnNamespaceCreated(ns => journal.Add($"created {ns.Name}"));
                family.OnDisconnect((socket, _) => journal.Add($"left {socket.Namespace.Name}"));
            },
            options => options.CleanupEmptyChildNamespaces = true);
        await using var one = await SocketIOTestClient.ConnectAsync(server, via, ns: "/dynamic-101");
        await using var two = await SocketIOTestClient.ConnectAsync(server, via, ns: "/dynamic-101");
        await journal.ExpectAsync("created /dynamic-101");
        var first = Assert.Single(family!.Children);
        await one.LeaveAsync();
        await journal.ExpectAsync("left /dynamic-101");
        Assert.Same(first, Assert.Single(family.Children));
        await two.Client.CloseAsync();
        await journal.ExpectAsync("left /dynamic-101");
        await SocketIOTestServer.UntilAsync(() => family.Children.Count == 0);
        Assert.Null(server.Io().Namespaces.Find("/dynamic-101"));

        await one.Client.JoinAsync("/dynamic-101");
        await journal.ExpectAsync("created /dynamic-101");
        Assert.NotSame(first, Assert.Single(family.Children));
    }

    [Fact]
    public async Task With_cleanup_clients_that_come_and_go_all_at_once_each_get_in_and_leave_nothing()
    {
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                family = io.Namespace(Dynamic());
                family.Use(async (_, next) =>
                {
                    await Task.Yield();
                    await next();
                });
                family.On("here", (ServerSocket socket) => ReferenceEquals(socket, socket.Namespace.Server.Namespaces.Find("/dynamic-1")?.FindSocket(socket.Id)));
            },
            options => options.CleanupEmptyChildNamespaces = true);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async index =>
        {
            await using var client = await SocketIOTestClient.OpenAsync(server, (Via)(index % 3));
            for (var round = 0; round < 25; round++)
            {
                var socket = await client.JoinAsync("/dynamic-1");
                Assert.Equal("43/dynamic-1,1[true]", (await socket.AskAsync("here")).Text);
                await socket.LeaveAsync();
            }
        }));
        await SocketIOTestServer.UntilAsync(() => family!.Children.Count == 0);
        Assert.Equal(["/"], server.Io().Namespaces.All.Select(ns => ns.Name));
    }

    [Fact]
    public async Task SIO_N_38_SIO_N_39_without_cleanup_a_namespace_stays_also_when_its_only_client_was_refused()
    {
        var journal = new Journal();
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            family = io.Namespace(Dynamic());
            family.Use((socket, next) => socket.Namespace.Name == "/dynamic-2" ? throw new ConnectErrorException("no") : next());
            family.OnDisconnect((socket, _) => journal.Add($"left {socket.Namespace.Name}"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-1");
        await socket.LeaveAsync();
        await journal.ExpectAsync("left /dynamic-1");
        await socket.Client.SendAsync("40/dynamic-2,");
        await socket.Client.ExpectAsync("""44/dynamic-2,{"message":"no"}""");
        Assert.Equal(["/dynamic-1 0", "/dynamic-2 0"], family!.Children.Select(child => $"{child.Name} {child.SocketCount}").Order());
    }

    [Fact]
    public async Task SIO_N_40_SIO_N_41_with_cleanup_a_refused_client_leaves_nothing_unless_another_is_in()
    {
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(
            io =>
            {
                family = io.Namespace(Dynamic());
                family.Use((socket, next) => socket.Handshake.Auth.TryGetProperty("token", out _) ? next() : throw new ConnectErrorException("no"));
            },
            options => options.CleanupEmptyChildNamespaces = true);
        await using var refused = await SocketIOTestClient.OpenAsync(server);
        await refused.SendAsync("40/dynamic-101,");
        await refused.ExpectAsync("""44/dynamic-101,{"message":"no"}""");
        Assert.Empty(family!.Children);

        await using var welcome = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-101", auth: """{"token":1}""");
        await refused.SendAsync("40/dynamic-101,");
        await refused.ExpectAsync("""44/dynamic-101,{"message":"no"}""");
        Assert.Equal(1, Assert.Single(family.Children).SocketCount);
    }

    [Fact]
    public async Task SIO_N_29_with_cleanup_a_namespace_that_the_application_named_stays()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(
            io => io.Namespace("/chat").OnDisconnect((_, _) => journal.Add("left")),
            options => options.CleanupEmptyChildNamespaces = true);
        var chat = server.Io().Namespace("/chat");
        await using var socket = await SocketIOTestClient.ConnectAsync(server, ns: "/chat");
        await socket.LeaveAsync();
        await journal.ExpectAsync("left");
        await socket.Client.JoinAsync("/chat");
        Assert.Same(chat, server.Io().Namespaces.Find("/chat"));
        Assert.Equal(1, chat.SocketCount);
    }

    [GeneratedRegex(@"^/dynamic-\d+$")]
    private static partial Regex Dynamic();
}
