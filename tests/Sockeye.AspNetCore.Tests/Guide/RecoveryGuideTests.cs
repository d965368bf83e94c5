using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>The code of docs/guide/recovery.md.</summary>
public sealed class RecoveryGuideTests
{
    [Fact]
    public async Task A_client_gets_its_place_back_or_the_state_of_today()
    {
        await using var server = await KestrelServer.StartAsync(Map, Configure);
        await using var client = new RecoveringClient(server);
        await client.ConnectAsync("\"name\":\"Ada\"");
        await client.ExpectAsync("""["state",{"messages":[]}]""");
        await client.LoseAsync();
        await server.Io().To("lobby").EmitAsync("message", "hello");
        Assert.Equal(["""["message","hello"]"""], await client.ConnectAsync("\"name\":\"Ada\""));
        Assert.Equal("Ada", server.Io().Main.FindSocket(client.Sid!)!.Data["name"]);

        // Another name with somebody else's secret.
        await client.LoseAsync();
        await using (var other = await SocketIOTestClient.OpenAsync(server))
        {
            await other.SendAsync($$"""40{"pid":"{{client.Pid}}","offset":"{{client.Offset}}","name":"Bob"}""");
            Assert.Equal("""44{"message":"You are somebody else now"}""", (await other.ReceiveAsync(packet => packet.Type == '4')).Text);
        }

        client.Pid = "AAAAAAAAAAAAAAAAAAAA";
        await client.ConnectAsync("\"name\":\"Ada\"");
        await client.ExpectAsync("""["start again","unknown session"]""", """["state",{"messages":[]}]""");
    }

    private static void Configure(WebApplicationBuilder builder)
    {
        // begin: enable
        builder.Services.AddSocketIO(options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions
        {
            MaxDisconnectionDuration = TimeSpan.FromMinutes(2),
            SkipMiddlewares = false,
        });
        // end: enable
    }

    private static void Map(WebApplication app)
    {
        var io = app.MapSocketIO();

        // begin: connection
        io.OnConnection(async socket =>
        {
            if (socket.Recovered)
            {
                return;                                            // rooms and data are there, what was missed has been sent
            }

            await socket.JoinAsync("lobby");
            await socket.EmitAsync("state", CurrentState());       // new, or back too late
        });
        io.OnRecoveryFailed((socket, why) => socket.EmitAsync("start again", why.ToText()));
        // end: connection

        // begin: middleware
        io.Use(async (socket, next) =>
        {
            var name = socket.Handshake.Auth.GetProperty("name").GetString();
            if (socket.Recovered && (string?)socket.Data["name"] != name)
            {
                throw new ConnectErrorException("You are somebody else now");
            }

            socket.Data["name"] = name;
            await next();
        });
        // end: middleware
    }

    private static State CurrentState() => new([]);

    private sealed record State(string[] Messages);
}
