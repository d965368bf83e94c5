using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis.Streams;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Servers on a stream of a real Redis (RS-01 to RS-26, RSE-01 to RSE-12).</summary>
public sealed class StreamsEngineTests(RedisServer server) : EngineSpecification, IClassFixture<RedisServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private RedisStreamsEmitter? _emitter;

    internal static void Configure(RedisStreamsOptions options, string id)
    {
        options.StreamName = options.ChannelPrefix = id;
        options.HeartbeatTimeout = TestSettings.HeartbeatTimeout;
        options.RequestsTimeout = TestSettings.RequestsTimeout;
    }

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedisStreams(server.ConnectionString, options => Configure(options, _id));

    protected override Task<ClusterEmitter> CreateEmitterAsync()
    {
        var options = new RedisStreamsOptions();
        Configure(options, _id);
        _emitter = new RedisStreamsEmitter(server.ConnectionString, options);
        return Task.FromResult(_emitter.Everyone);
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    [Fact]
    public async Task RS_What_is_in_no_way_an_entry_is_refused_and_what_follows_arrives()
    {
        string[][] garbage =
        [
            ["nsp", "/"],
            ["uid", "x", "nsp", "/", "type", "3"],
            ["uid", "x", "nsp", "/", "type", "x", "data", "{}"],
            ["uid", "x", "nsp", "/", "type", "3", "data", "{"],
            ["uid", "x", "nsp", "/", "type", "3", "data", "***"],
            ["uid", "x", "nsp", "/", "type", "3", "data", "wQ=="],
            ["uid", "x", "nsp", "/", "type", "99", "data", "{}"],
            ["uid", "x", "nsp", "/", "type", "3", "data", """{"packet":{"type":2,"data":["connect"]},"opts":{"rooms":[],"except":[]}}"""],
            ["other", "x"],
        ];
        foreach (var fields in garbage)
        {
            await server.ExecuteAsync("XADD", [_id, "*", .. fields]);
        }

        await server.ExecuteAsync("PUBLISH", $"{_id}#/#", "garbage");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task RS_A_question_does_not_overtake_what_was_sent_before_it()
    {
        for (var i = 0; i < 50; i++)
        {
            var joining = Io.In(Clients[1].Id).SocketsJoinAsync($"room{i}");
            Assert.Single(await Io.In($"room{i}").FetchSocketsAsync().Within("the socket"));
            await joining;
        }
    }
}

/// <summary>Namespaces spread over several streams, and channels of shards.</summary>
public sealed class SeveralStreamsEngineTests(RedisServer server) : EngineSpecification, IClassFixture<RedisServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private RedisStreamsEmitter? _emitter;

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedisStreams(server.ConnectionString, Configure);

    protected override Task<ClusterEmitter> CreateEmitterAsync()
    {
        var options = new RedisStreamsOptions();
        Configure(options);
        _emitter = new RedisStreamsEmitter(server.ConnectionString, options);
        return Task.FromResult(_emitter.Everyone);
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    private void Configure(RedisStreamsOptions options)
    {
        StreamsEngineTests.Configure(options, _id);
        options.StreamCount = 3;
        options.UseShardedPubSub = true;
    }
}
