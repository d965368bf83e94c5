using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>The classic form on Garnet in place of Redis.</summary>
public sealed class GarnetEngineTests(GarnetEngine server) : RedisEngineTests, IClassFixture<GarnetEngine>
{
    protected override string ConnectionString => server.ConnectionString;

    protected override void ConfigureForm(RedisOptions options) => options.Form = RedisForm.Classic;
}
