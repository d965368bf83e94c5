using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests.Redis;

/// <summary>Together with <c>@socket.io/redis-adapter</c> and <c>@socket.io/redis-emitter</c>.</summary>
public abstract class RedisMixedTests(RedisServer server) : MixedSpecification, IClassFixture<RedisServer>
{
    private RedisEmitter? _emitter;

    protected string Key { get; } = $"t{Guid.NewGuid():N}"[..12];

    protected string Url => server.Url;

    protected abstract void ConfigureForm(RedisOptions options);

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIORedis(server.ConnectionString, Configure);

    protected override ClusterEmitter CreateEmitter()
    {
        var options = new RedisOptions();
        Configure(options);
        _emitter = new RedisEmitter(server.ConnectionString, options);
        return _emitter.Everyone;
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    private void Configure(RedisOptions options)
    {
        options.Key = Key;
        options.HeartbeatTimeout = TimeSpan.FromSeconds(30);
        options.RequestsTimeout = TimeSpan.FromSeconds(30);
        options.CommandTimeout = Waiting.Bound;
        ConfigureForm(options);
    }
}

/// <summary>The classic form.</summary>
public class ClassicMixedTests(RedisServer server) : RedisMixedTests(server)
{
    protected override object OfficialSettings => new { engine = "redis", url = Url, key = Key };

    // The official adapter writes these by JSON.stringify, whatever is in them.
    protected override string ServerEventBinary => """{"type":"Buffer","data":[2]}""";

    protected override void ConfigureForm(RedisOptions options) => options.Form = RedisForm.Classic;
}

/// <summary>The classic form, with answers for one node only.</summary>
public sealed class ClassicSpecificResponseMixedTests(RedisServer server) : ClassicMixedTests(server)
{
    protected override object OfficialSettings => new { engine = "redis", url = Url, key = Key, specific = true };

    protected override void ConfigureForm(RedisOptions options) => options.PublishOnSpecificResponseChannel = true;
}

/// <summary>The sharded form.</summary>
public sealed class ShardedMixedTests(RedisServer server) : RedisMixedTests(server)
{
    protected override object OfficialSettings => new { engine = "sharded", url = Url, key = Key, mode = "static" };

    protected override bool HasOfficialEmitter => false;

    protected override void ConfigureForm(RedisOptions options) => (options.Form, options.SubscriptionMode) = (RedisForm.Sharded, RedisSubscriptionMode.Static);
}
