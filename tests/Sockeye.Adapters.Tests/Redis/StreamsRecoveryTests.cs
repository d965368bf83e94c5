using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Recovery between servers on a stream of a real Redis.</summary>
public sealed class StreamsRecoveryTests(RedisServer server) : RecoverySpecification, IClassFixture<RedisServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedisStreams(server.ConnectionString, options =>
    {
        StreamsEngineTests.Configure(options, _id);
        options.SessionKeyPrefix = $"{_id}:";
    });

    protected override async Task AppendForeignAsync()
    {
        await server.ExecuteAsync("XADD", _id, "*", "uid", "x", "nsp", "/nobody", "type", "3", "data", "{}");
        await server.ExecuteAsync("XADD", _id, "*", "other", "x");
    }

    protected override async Task TrimAsync() => await server.ExecuteAsync("XTRIM", _id, "MAXLEN", "0");
}
