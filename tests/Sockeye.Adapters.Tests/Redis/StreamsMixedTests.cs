using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis.Streams;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Together with <c>@socket.io/redis-streams-adapter</c>. (<c>@socket.io/redis-streams-emitter</c> is not on npm.)</summary>
public sealed class StreamsMixedTests(RedisServer server) : MixedSpecification, IClassFixture<RedisServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private RedisStreamsEmitter? _emitter;

    protected override object OfficialSettings => new { engine = "streams", url = server.Url, name = _id };

    protected override bool HasOfficialEmitter => false;

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedisStreams(server.ConnectionString, Configure);

    protected override ClusterEmitter CreateEmitter()
    {
        var options = new RedisStreamsOptions();
        Configure(options);
        _emitter = new RedisStreamsEmitter(server.ConnectionString, options);
        return _emitter.Everyone;
    }

    /// <summary>Until its first entry the official reader asks for what is new, and misses what comes between two questions.</summary>
    protected override async Task WarmUpAsync()
    {
        await Waiting.UntilAsync(
            async () =>
            {
                await Io.SocketsJoinAsync("warm");
                return (await RoomsThereAsync()).Contains("warm");
            },
            "the official server to read");
        await Io.SocketsLeaveAsync("warm");
        await Waiting.UntilAsync(async () => !(await RoomsThereAsync()).Contains("warm"), "the official server to have read");
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
        options.RequestsTimeout = TimeSpan.FromSeconds(30);
    }
}
