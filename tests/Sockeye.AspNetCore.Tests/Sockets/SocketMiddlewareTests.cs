using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What every event of a socket passes before its handler.</summary>
public sealed class SocketMiddlewareTests
{
    [Theory]
    [EachTransport]
    public async Task SIO_SM_01_they_run_in_order_and_may_change_the_event(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                socket.Use((e, next) =>
                {
                    e.SetArguments(e.Name, e.Arguments);
                    e.Name = "wrap";
                    journal.Add($"1 {e.WantsAck}");
                    return next();
                });
                socket.Use(async (e, next) =>
                {
                    journal.Add($"2 {e.Name} {e.Arguments.Count}");
                    await next();
                    journal.Add("2 behind");
                });
            });
            io.On("wrap", (ServerSocket _, string name, int one, JsonElement two) =>
            {
                journal.Add($"handled {name} {one} {two}");
                return one;
            });
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        Assert.Equal("[1]", (await socket.AskAsync("join", 1, "woot")).Data.GetRawText());
        await journal.ExpectAsync("1 True", "2 wrap 3", "handled join 1 woot", "2 behind");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_SM_02_an_error_ends_the_event_reaches_the_error_hooks_and_not_the_client(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                socket.Use((e, next) => e.Name == "join" ? throw new InvalidOperationException("Authentication error") : next());
                socket.Use((_, next) =>
                {
                    journal.Add("second");
                    return next();
                });
                socket.OnError(error => journal.Add($"own {error.EventName} {error.Exception.Message} {error.Socket == socket}"));
            });
            io.OnError(error => journal.Add($"shared {error.EventName}"));
            io.On("join", (ServerSocket _) => journal.Add("handled"));
            io.On("next", (ServerSocket _) => true);
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via);
        await socket.Client.SendAsync("""427["join","woot"]""");
        Assert.Equal("[true]", (await socket.AskAsync("next")).Data.GetRawText());
        await journal.ExpectAsync("shared join", "own join Authentication error True", "second");
        journal.ExpectNothing();
        Assert.Empty(socket.Client.TakePending());
    }
}
