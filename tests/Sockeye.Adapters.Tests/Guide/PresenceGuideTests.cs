using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/guide/presence.md.</summary>
public sealed class PresenceGuideTests
{
    [Fact]
    public async Task The_code_of_the_guide_runs()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        // begin: enable
        builder.Services.AddSocketIO(options => options.Presence = new PresenceOptions
        {
            Grace = TimeSpan.FromSeconds(10),
            User = socket => socket.Handshake.Query["user"],       // default: the authenticated user
            WatchRoom = (ns, room) => room.StartsWith("chat-", StringComparison.Ordinal),
        });
        // end: enable
        await using var app = builder.Build();
        var io = app.MapSocketIO();

        // begin: events
        io.Presence.OnUserJoined(change => change.Namespace.Local.To(change.Room ?? "lobby").EmitAsync("joined", change.Room, change.User));
        io.Presence.OnUserLeft(change => change.Namespace.Local.To(change.Room ?? "lobby").EmitAsync("left", change.Room, change.User));
        // end: events

        // begin: questions
        io.On("who", (ServerSocket socket, string room) => io.Presence.Users(room));
        io.On("online", (ServerSocket socket, string user) => io.Presence.IsPresent(user));
        // end: questions
        await app.StartAsync(TestContext.Current.CancellationToken).Within("the server to start");
        await using var client = await TestClient.ConnectAsync($"{app.Urls.Single()}?user=ada");
        await io.Server.Namespace("/").FindSocket(client.Id)!.JoinAsync("chat-1");
        await client.ExpectAsync("joined \"chat-1\" \"ada\"");
        Assert.Equal(["ada"], await client.Socket.EmitWithAckAsync<string[]>("who", ["chat-1"], cancellationToken: TestContext.Current.CancellationToken).Within("the users"));
        Assert.True(await client.Socket.EmitWithAckAsync<bool>("online", ["ada"], cancellationToken: TestContext.Current.CancellationToken).Within("the answer"));
    }
}
