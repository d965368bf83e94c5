using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>A reader whose link is cut.</summary>
public sealed partial class StreamsLinkTests(RedisServer server) : IClassFixture<RedisServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task RS_What_is_sent_while_the_link_is_cut_arrives_in_order_when_it_is_back()
    {
        await using var a = await StartNodeAsync();
        await using var b = await StartNodeAsync();
        await Waiting.UntilAsync(async () => await a.Io.ServerCountAsync() == 2, "both servers");
        await using var client = await TestClient.ConnectAsync(b);
        await a.Io.EmitAsync("n", 0);
        await client.ExpectAsync("n 0");
        for (var round = 0; round < 3; round++)
        {
            var clients = (await server.ExecuteAsync("CLIENT", "LIST")).ToString();
            foreach (Match reader in Reader().Matches(clients))
            {
                await server.ExecuteAsync("CLIENT", "KILL", "ID", reader.Groups[1].Value);
            }

            for (var i = 1; i <= 20; i++)
            {
                await a.Io.EmitAsync("n", i);
            }

            for (var i = 1; i <= 20; i++)
            {
                await client.ExpectAsync($"n {i}");
            }
        }
    }

    [GeneratedRegex(@"(?m)^id=(\d+) .* cmd=xread ")]
    private static partial Regex Reader();

    private Task<Node> StartNodeAsync() => Node.StartAsync(services => services.AddSocketIORedisStreams(server.ConnectionString, options => StreamsEngineTests.Configure(options, _id)));
}
