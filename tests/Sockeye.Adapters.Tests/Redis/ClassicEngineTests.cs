using System.Text.Json;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Redis;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>The classic form.</summary>
public sealed class ClassicEngineTests(RedisServer server) : RedisEngineTests, IClassFixture<RedisServer>
{
    protected override string ConnectionString => server.ConnectionString;

    protected override void ConfigureForm(RedisOptions options) => options.Form = RedisForm.Classic;

    [Fact]
    public async Task RA_S_03_RA_S_04_What_comes_by_other_channels_or_is_no_message_is_refused_and_what_follows_arrives()
    {
        RedisValue[] garbage =
        [
            "", "{", "[]", "null", "[1,2,3]", """["x"]""", """["x",{"type":2,"data":["a"],"nsp":"/"},{"rooms":[],"except":[]},1]""", """{"type":"x"}""", """{"type":2}""", """{"type":77,"requestId":"1"}""",
            """{"uid":7}""", """{"type":7,"requestId":"a","opts":{"rooms":[],"except":[]}}""", """{"type":0}""", """{"requestId":"a","sockets":7}""", new byte[] { 0x93 }, new byte[] { 0xc1 }, new byte[] { 0xdf, 0xff, 0xff, 0xff, 0xff }, new string('[', 5000),
        ];
        foreach (var channel in (string[])[$"{Key}#/#", $"{Key}#/#room#", $"{Key}#/chat#", $"{Key}-request#/#", $"{Key}-response#/#", $"{Key}-response#/#x#", $"{Key}x#/#"])
        {
            foreach (var payload in garbage)
            {
                await PublishAsync(RedisChannel.Literal(channel), payload);
            }
        }

        // Of another namespace, on this one's channel.
        await PublishAsync(RedisChannel.Literal($"{Key}#/#"), """["x",{"type":2,"data":["foreign"],"nsp":"/chat"},{"rooms":[],"except":[],"flags":{}}]""");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task RA_S_07_Questions_that_only_this_wire_knows_are_answered()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var answers = await connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal($"{Key}-response#/#"));
        await Sockets[0].JoinAsync("room1");
        var rooms = await AskAsync("""{"uid":"x","requestId":"r1","type":1}""", "rooms");
        Assert.Equal(Clients.Select(client => client.Id).Append("room1").Order(), rooms.Order());
        var sockets = await AskAsync("""{"uid":"x","requestId":"r2","type":0,"rooms":["room1"]}""", "sockets");
        Assert.Equal([Clients[0].Id], sockets);
        await PublishAsync(RedisChannel.Literal($"{Key}-request#/#"), $$"""{"uid":"x","requestId":"r3","type":2,"sid":"{{Clients[1].Id}}","room":"room2"}""");
        Assert.Equal("""{"requestId":"r3"}""", (await answers.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("the answer")).Message);
        await SettleAsync();
        Assert.Contains("room2", Sockets[1].Rooms);

        async Task<List<string>> AskAsync(string question, string member)
        {
            await PublishAsync(RedisChannel.Literal($"{Key}-request#/#"), question);
            var found = new List<string>();
            for (var i = 0; i < Nodes.Length; i++)
            {
                var answer = JsonElement.Parse((string)(await answers.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("an answer")).Message!);
                found.AddRange(answer.GetProperty(member).EnumerateArray().Select(name => name.GetString()!));
            }

            return found;
        }
    }
}

/// <summary>The same with answers for one node only, which the questions of this wire show.</summary>
public sealed class ClassicSpecificResponseTests(RedisServer server) : RedisEngineTests, IClassFixture<RedisServer>
{
    protected override string ConnectionString => server.ConnectionString;

    protected override void ConfigureForm(RedisOptions options) => options.PublishOnSpecificResponseChannel = true;
}
