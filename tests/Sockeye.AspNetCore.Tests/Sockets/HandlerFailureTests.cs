using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What user code throws is logged with the event's name, counted, never sent to the peer, and harms nobody else (law 11).</summary>
public sealed class HandlerFailureTests
{
    private const string Secret = "secret of the inside";

    /// <summary>Where user code throws, and the name under which it is logged.</summary>
    [Theory]
    [InlineData("event", "boom")]
    [InlineData("event, async", "boom")]
    [InlineData("event of the socket", "boom")]
    [InlineData("acknowledged value", "boom")]
    [InlineData("event middleware", "boom")]
    [InlineData("event middleware of the socket", "boom")]
    [InlineData("catch-all", "boom")]
    [InlineData("catch-all of the socket", "boom")]
    [InlineData("catch-all outgoing", "reply")]
    [InlineData("catch-all outgoing of the socket", "reply")]
    public async Task An_event_that_fails_does_not_end_its_socket(string where, string loggedName)
    {
        var journal = new Journal();
        var errors = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            Register(io, where);
            io.OnError(error => errors.Add($"{error.EventName} {error.Exception.Message}"));
            io.OnError(_ => throw new InvalidOperationException("the error hook itself"));
            io.On("reply", async (ServerSocket socket) =>
            {
                await socket.EmitAsync("reply");
                return "reply";
            });
            io.On("hi", _ => "hi");
            io.OnDisconnect((_, reason) => journal.Add(reason.ToWireString()));
        });
        using var failures = server.CollectMetric<long>("Sockeye", "sockeye.sockets.handler_errors");
        await using var good = await SocketIOTestClient.ConnectAsync(server);
        await using var bad = await SocketIOTestClient.ConnectAsync(server);
        await bad.Client.SendTogetherAsync("""425["boom"]""", """426["reply"]""", """427["hi"]""");
        await bad.ExpectAsync("""42["reply"]""", """436["reply"]""", """437["hi"]""");
        Assert.Equal("""431["hi"]""", (await good.AskAsync("hi")).Text);
        Assert.Empty(bad.Client.TakePending());
        await errors.ExpectAsync($"{loggedName} {Secret}");
        journal.ExpectNothing();

        var record = Assert.Single(server.Logs.GetSnapshot(), record => record.Exception?.Message == Secret);
        Assert.Equal(LogLevel.Error, record.Level);
        Assert.Contains($"\"{loggedName}\"", record.Message, StringComparison.Ordinal);
        Assert.Contains(bad.Id, record.Message, StringComparison.Ordinal);
        Assert.Equal(1, failures.GetMeasurementSnapshot().EvaluateAsCounter());
    }

    [Theory]
    [InlineData("connection")]
    [InlineData("disconnecting")]
    [InlineData("disconnect")]
    public async Task A_handler_of_the_life_of_a_socket_that_fails_does_not_keep_the_others_from_running(string where)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(_ => Fail(where == "connection"));
            io.OnConnection(socket =>
            {
                journal.Add("connection");
                socket.OnDisconnecting((_, _) => journal.Add("own disconnecting"));
            });
            io.OnDisconnecting((_, _) => Fail(where == "disconnecting"));
            io.OnDisconnecting((socket, _) => journal.Add($"disconnecting {socket.Rooms.Count}"));
            io.OnDisconnect(async (_, _) =>
            {
                await Task.Yield();
                Fail(where == "disconnect");
            });
            io.OnDisconnect((socket, _) => journal.Add($"disconnect {socket.Rooms.Count}"));
            io.On("hi", _ => "hi");
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        Assert.Equal("""431["hi"]""", (await client.AskAsync("hi")).Text);
        await client.LeaveAsync();
        await journal.ExpectAsync("connection", "disconnecting 1", "own disconnecting", "disconnect 0");
        Assert.Equal(0, server.Io().Main.Adapter.RoomCount);
        Assert.Contains(server.Logs.GetSnapshot(), record => record.Exception?.Message == Secret && record.Message.Contains($"\"{where}\"", StringComparison.Ordinal));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_connect_middleware_that_fails_refuses_without_telling_why()
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace("/sync").Use((_, _) => throw new InvalidOperationException(Secret));
            io.Namespace("/async").Use(async (_, next) =>
            {
                await next();
                Fail(true);
            });
        });
        await using var client = await SocketIOTestClient.OpenAsync(server);
        foreach (var name in (string[])["/sync", "/async"])
        {
            await client.SendAsync($"40{name},");
            await client.ExpectAsync($$"""44{{name}},{"message":"Internal server error"}""");
            Assert.Equal(0, server.Io().Namespace(name).SocketCount);
        }

        Assert.Equal(2, server.Logs.GetSnapshot().Count(record => record.Exception?.Message == Secret && record.Level is LogLevel.Error));
    }

    [Fact]
    public async Task A_hook_for_rooms_or_namespaces_that_fails_harms_nothing()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace((name, _) => name == "/fails" ? throw new InvalidOperationException(Secret) : Task.FromResult(true));
            io.OnNamespaceCreated(_ => Fail(true));
            io.OnNamespaceCreated(ns =>
            {
                ns.OnRoomChange(_ => Fail(true));
                ns.OnRoomChange(change => journal.Add($"{change.Kind} {change.SocketId is not null}"));
            });
        });
        await using var client = await SocketIOTestClient.OpenAsync(server);
        await client.JoinAsync("/dynamic");
        await journal.ExpectAsync("Created False", "Joined True");
        await client.SendAsync("40/fails,");
        await client.ExpectAsync("""44/fails,{"message":"Invalid namespace"}""");
        Assert.Equal("/static", server.Io().Namespace("/static").Name);
    }

    private static void Register(NamespaceOperations io, string where)
    {
        switch (where)
        {
            case "event":
                io.On("boom", _ => Fail(true));
                break;
            case "event, async":
                io.On("boom", async (ServerSocket _) =>
                {
                    await Task.Yield();
                    Fail(true);
                });
                break;
            case "event of the socket":
                io.OnConnection(socket => socket.On("boom", () => Fail(true)));
                break;
            case "acknowledged value":
                io.On("boom", _ => new Unwritable());
                break;
            case "event middleware":
                io.UseEvents((e, next) => e.Name == "boom" ? throw new InvalidOperationException(Secret) : next());
                break;
            case "event middleware of the socket":
                io.OnConnection(socket => socket.Use(async (e, next) =>
                {
                    await next();
                    Fail(e.Name == "boom");
                }));
                break;
            case "catch-all":
                io.OnAny((_, name, _) => Fail(name == "boom"));
                break;
            case "catch-all of the socket":
                io.OnConnection(socket => socket.OnAny(async (name, _) =>
                {
                    await Task.Yield();
                    Fail(name == "boom");
                }));
                break;
            case "catch-all outgoing":
                io.OnAnyOutgoing((_, name, _) => Fail(name == "reply"));
                break;
            case "catch-all outgoing of the socket":
                io.OnConnection(socket => socket.OnAnyOutgoing((name, _) => Fail(name == "reply")));
                break;
        }
    }

    private static void Fail(bool doFail)
    {
        if (doFail)
        {
            throw new InvalidOperationException(Secret);
        }
    }

    private sealed class Unwritable
    {
        [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822", Justification = "Serialization looks at instance members.")]
        public string Value => throw new InvalidOperationException(Secret);
    }
}
