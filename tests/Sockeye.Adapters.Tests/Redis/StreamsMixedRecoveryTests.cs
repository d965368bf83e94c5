using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Clients that lose a Node server and come back to a .NET server, and the other way round.</summary>
public sealed class StreamsMixedRecoveryTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly object[] Others = ["others"];

    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task RS_CSR_A_client_goes_from_Node_to_dotnet_and_back_and_misses_nothing()
    {
        await using var node = await Node.StartAsync(
            services => services.AddSocketIORedisStreams(server.ConnectionString, options =>
            {
                StreamsEngineTests.Configure(options, _id);
                options.SessionKeyPrefix = $"{_id}:";
            }),
            options: options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        await using var official = await OfficialNode.StartAsync(new { engine = "streams", url = server.Url, name = _id, recovery = true });
        await Waiting.UntilAsync(async () => await node.Io.ServerCountAsync() == 2, "both servers");
        await using var client = new RecoveringClient();
        await client.ConnectAsync(official.Url);
        var (sid, pid) = (client.Sid!, client.Pid);

        // Until its first entry the official reader may miss some.
        var seen = Task.Run(client.NextAsync, TestContext.Current.CancellationToken);
        await Waiting.UntilAsync(
            async () =>
            {
                await node.Io.EmitAsync("warm");
                return seen.IsCompleted;
            },
            "the official server to read");
        await official.CallAsync(new { call = "join", to = new[] { sid }, rooms = (string[])["room"] });
        await node.Io.EmitAsync("seen");
        while (await client.NextAsync() != """["seen"]""")
        {
            // What was sent to find out.
        }

        await client.DisposeAsync();
        await Waiting.UntilAsync(async () => (long)await server.ExecuteAsync("EXISTS", $"{_id}:{pid}") == 1, "the official server to know of the loss");
        await node.Io.To("room").EmitAsync("missed", 1);
        await official.CallAsync(new { call = "emit", to = new[] { sid }, args = new object[] { "missed", 2 } });
        await official.CallAsync(new { call = "emit", to = (string[])["other"], args = Others });
        await Waiting.UntilAsync(() => LastIsAsync("others"), "the stream to have it");
        Assert.Equal(["""["missed",1]""", """["missed",2]"""], await client.ConnectAsync(node.Url));
        Assert.Equal((sid, pid), (client.Sid, client.Pid));
        var socket = node.Io.Namespace("/").FindSocket(sid)!;
        Assert.True(socket.Recovered);
        Assert.True(socket.Rooms.SetEquals([sid, "room"]));
        Assert.Equal("js", socket.Data["node"]!.ToString());

        socket.Data["node"] = "net";
        await node.Io.EmitAsync("here");
        await client.ExpectAsync("""["here"]""");
        await client.LoseAsync(node);
        await Waiting.UntilAsync(async () => (long)await server.ExecuteAsync("EXISTS", $"{_id}:{pid}") == 1, "the session to be kept");
        await node.Io.To("room").EmitAsync("missed", 3);
        Assert.Equal(["""["missed",3]"""], await client.ConnectAsync(official.Url));
        Assert.Equal((sid, pid), (client.Sid, client.Pid));
        Assert.True((await official.CallAsync(new { call = "recovered", id = sid })).GetBoolean());
        var found = (await official.CallAsync(new { call = "fetchSockets" })).EnumerateArray().Single();
        Assert.Equal("net", found.GetProperty("data").GetProperty("node").GetString());
        Assert.Contains("room", found.GetProperty("rooms").EnumerateArray().Select(room => room.GetString()));
    }

    private async Task<bool> LastIsAsync(string text)
    {
        var entry = ((StackExchange.Redis.RedisResult[]?)await server.ExecuteAsync("XREVRANGE", _id, "+", "-", "COUNT", "1"))![0];
        var fields = (string?[]?)((StackExchange.Redis.RedisResult[]?)entry)![1];
        return fields!.Any(field => field?.Contains(text, StringComparison.Ordinal) == true);
    }
}
