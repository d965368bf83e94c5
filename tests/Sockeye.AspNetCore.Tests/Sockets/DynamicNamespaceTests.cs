using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Families of namespaces that clients call into being.</summary>
public sealed partial class DynamicNamespaceTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_N_30_SIO_N_31_a_pattern_makes_a_namespace_with_the_handlers_of_its_family(Via via)
    {
        var journal = new Journal();
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            family = io.Namespace(Dynamic());
            family.Use(async (socket, next) =>
            {
                journal.Add($"middleware {socket.Namespace.Name}");
                await next();
            });
            family.OnConnection(async socket =>
            {
                await socket.JoinAsync("room");
                journal.Add($"connection {socket.Namespace.Name}");
            });
            family.On("hi", (ServerSocket socket, string name) => $"{name} from {socket.Namespace.Name}");
        });
        await using var one = await SocketIOTestClient.ConnectAsync(server, via, ns: "/dynamic-101");
        await journal.ExpectAsync("middleware /dynamic-101", "connection /dynamic-101");
        await using var two = await SocketIOTestClient.ConnectAsync(server, via, ns: "/dynamic-7");
        await journal.ExpectAsync("middleware /dynamic-7", "connection /dynamic-7");
        Assert.Equal("""43/dynamic-101,1["you from /dynamic-101"]""", (await one.AskAsync("hi", "you")).Text);

        await family!.EmitAsync("all", 1, "2");
        await family.To("room").EmitAsync("room", new byte[] { 4 });
        await family.To("nobody").EmitAsync("nobody");
        await family.Except(one.Id).EmitAsync("others");
        await family.EmitAsync("end");
        const string Room = """["room",{"_placeholder":true,"num":0}]""";
        await one.ExpectAsync("""42/dynamic-101,["all",1,"2"]""", $"451-/dynamic-101,{Room}", "bBA==", """42/dynamic-101,["end"]""");
        await two.ExpectAsync("""42/dynamic-7,["all",1,"2"]""", $"451-/dynamic-7,{Room}", "bBA==", """42/dynamic-7,["others"]""", """42/dynamic-7,["end"]""");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_32_a_predicate_gets_the_name_and_the_auth_of_the_client(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.Namespace((name, auth) =>
        {
            journal.Add($"{name} {(auth.ValueKind is JsonValueKind.Undefined ? "nothing" : auth.GetRawText())}");
            return Task.FromResult(name == "/dynamic-101");
        }));
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via, ns: "/dynamic-101", auth: """{"token":"x"}""");
        await journal.ExpectAsync("""/dynamic-101 {"token":"x"}""");
        await socket.Client.SendAsync("40/dynamic-102,");
        await socket.Client.ExpectAsync("""44/dynamic-102,{"message":"Invalid namespace"}""");
        await journal.ExpectAsync("/dynamic-102 nothing");
    }

    [Fact]
    public async Task SIO_N_33_what_neither_pattern_nor_predicate_takes_is_refused_and_they_are_asked_in_the_order_of_registration()
    {
        var journal = new Journal();
        ParentNamespace? digits = null;
        ParentNamespace? refusing = null;
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            refusing = io.Namespace((name, _) =>
            {
                journal.Add($"asked for {name}");
                return name == "/throws" ? throw new InvalidOperationException("no") : Task.FromResult(false);
            });
            digits = io.Namespace(Dynamic());
            io.Namespace((name, _) =>
            {
                journal.Add($"asked again for {name}");
                return Task.FromResult(false);
            });
        });
        await using var client = await SocketIOTestClient.OpenAsync(server);
        await client.SendAsync("40/dynamic-abc,");
        await client.ExpectAsync("""44/dynamic-abc,{"message":"Invalid namespace"}""");
        await journal.ExpectAsync("asked for /dynamic-abc", "asked again for /dynamic-abc");
        await client.SendAsync("40/throws,");
        await client.ExpectAsync("""44/throws,{"message":"Invalid namespace"}""");
        await journal.ExpectAsync("asked for /throws", "asked again for /throws");
        await client.JoinAsync("/dynamic-1");
        await journal.ExpectAsync("asked for /dynamic-1");
        journal.ExpectNothing();
        Assert.Equal("/dynamic-1", Assert.Single(digits!.Children).Name);
        Assert.Empty(refusing!.Children);
    }

    [Fact]
    public async Task SIO_N_34_a_dynamic_namespace_is_told_before_its_first_client_is_in()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnNamespaceCreated(ns =>
            {
                journal.Add($"created {ns.Name}");
                ns.OnConnection(socket => journal.Add($"connected to {socket.Namespace.Name}"));
            });
            io.Namespace(Dynamic());
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-101");
        await journal.ExpectAsync("created /dynamic-101", "connected to /dynamic-101");
        await using var second = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-101");
        await journal.ExpectAsync("connected to /dynamic-101");
        journal.ExpectNothing();
    }

    [Fact]
    public async Task SIO_N_35_two_clients_that_ask_for_a_name_together_get_one_namespace()
    {
        var journal = new Journal();
        using var both = new CountdownEvent(2);
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnNamespaceCreated(ns => journal.Add(ns.Name));
            io.Namespace((_, _) =>
            {
                if (both.Signal())
                {
                    answer.SetResult(true);
                }

                return answer.Task;
            });
        });
        await using var one = await SocketIOTestClient.OpenAsync(server);
        await using var two = await SocketIOTestClient.OpenAsync(server, Via.Polling);
        var joins = await Task.WhenAll(one.JoinAsync("/dynamic-101"), two.JoinAsync("/dynamic-101"));
        await journal.ExpectAsync("/dynamic-101");
        journal.ExpectNothing();
        Assert.Equal(2, server.Io().Namespace("/dynamic-101").SocketCount);
        await server.Io().Namespace("/dynamic-101").EmitAsync("message");
        await Task.WhenAll(joins.Select(socket => socket.ExpectAsync("""42/dynamic-101,["message"]""")));
    }

    [Fact]
    public async Task SIO_N_42_a_name_that_the_application_asks_for_belongs_to_the_family_it_matches()
    {
        var journal = new Journal();
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            family = io.Namespace(Dynamic());
            family.OnConnection(_ => journal.Add("of the family"));
            // Q-10: the official server forgets this handler when the call makes the namespace.
            io.Namespace("/dynamic-101").OnConnection(_ => journal.Add("of the child"));
            io.Namespace("/other");
        });
        Assert.Same(server.Io().Namespace("/dynamic-101"), Assert.Single(family!.Children));
        await using var socket = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-101");
        await journal.ExpectAsync("of the family", "of the child");
    }

    [Fact]
    public async Task What_is_registered_on_a_family_later_does_not_reach_the_children_there_are()
    {
        var journal = new Journal();
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(io => family = io.Namespace(Dynamic()));
        await using var old = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-1");
        family!.OnConnection(socket => journal.Add(socket.Namespace.Name));
        await old.LeaveAsync();
        await old.Client.JoinAsync("/dynamic-1");
        await old.Client.JoinAsync("/dynamic-2");
        await journal.ExpectAsync("/dynamic-2");
        journal.ExpectNothing();
    }

    [Fact]
    public async Task A_family_does_not_fetch_sockets_and_does_not_collect_acknowledgements_and_says_what_to_do()
    {
        ParentNamespace? family = null;
        await using var server = await SocketIOTestServer.StartAsync(io => family = io.Namespace(Dynamic()));
        await using var one = await SocketIOTestClient.ConnectAsync(server, ns: "/dynamic-1");
        await one.Client.JoinAsync("/dynamic-2");
        Assert.Equal("fetchSockets() is not supported on parent namespaces", (await Assert.ThrowsAsync<NotSupportedException>(() => family!.FetchSocketsAsync())).Message);
        Assert.Contains(
            "OnNamespaceCreated",
            (await Assert.ThrowsAsync<NotSupportedException>(() => family!.EmitWithAcksAsync<int>("x", cancellationToken: TestContext.Current.CancellationToken))).Message);
    }

    [GeneratedRegex(@"^/dynamic-\d+$")]
    private static partial Regex Dynamic();
}
