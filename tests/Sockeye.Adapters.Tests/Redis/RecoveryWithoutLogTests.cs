using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Connection state recovery on engines without a log: each server has its own, with what the others sent in it.</summary>
public sealed class RecoveryWithoutLogTests(RedisServer server) : IClassFixture<RedisServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];

    [Theory]
    [InlineData(RedisForm.Classic)]
    [InlineData(RedisForm.Sharded)]
    public async Task What_another_server_sends_to_a_room_that_is_empty_until_its_client_comes_back_is_not_lost(RedisForm form)
    {
        await using var a = await StartAsync(form);
        await using var b = await StartAsync(form);
        await Waiting.UntilAsync(async () => await a.Io.ServerCountAsync() == 2 && await b.Io.ServerCountAsync() == 2, "both servers");
        await using var client = new RecoveringClient();
        await client.ConnectAsync(a.Url);
        await a.Io.Namespace("/").FindSocket(client.Sid!)!.JoinAsync("room");
        await Waiting.UntilAsync(
            async () =>
            {
                await b.Io.To("room").Volatile.EmitAsync("ready");
                return client.HasPacket;
            },
            "the room to be known");
        await client.LoseAsync(a);
        await using var witness = await TestClient.ConnectAsync(a);
        for (var i = 0; i < 3; i++)
        {
            await b.Io.To("room").EmitAsync("missed", i);
        }

        await b.Io.EmitAsync("end");
        Assert.Equal("end", (await witness.NextAsync()).Split(' ')[0]);
        Assert.Equal(["[\"missed\",0]", "[\"missed\",1]", "[\"missed\",2]", "[\"end\"]"], await client.ConnectAsync(a.Url));
    }

    private Task<Node> StartAsync(RedisForm form) => Node.StartAsync(
        services => services.AddSocketIORedis(server.ConnectionString, options =>
        {
            (options.Form, options.Key) = (form, _id);
            options.HeartbeatTimeout = TimeSpan.FromSeconds(30);
        }),
        options: static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
}
