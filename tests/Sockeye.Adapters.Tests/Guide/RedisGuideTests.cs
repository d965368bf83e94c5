using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/operations/redis.md.</summary>
public sealed class RedisGuideTests(RedisServer server) : IClassFixture<RedisServer>
{
    [Fact]
    public Task The_code_of_the_guide_runs()
    {
        var connectionString = server.ConnectionString;
        return GuideServer.RunAsync(
            builder =>
            {
                // begin: register
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIORedis(connectionString);
                // end: register
            },
            async () =>
            {
                // begin: emitter
                await using var emitter = new RedisEmitter(connectionString);
                await emitter.Everyone.EmitAsync("news", "for all");
                await emitter.Everyone.Of("/chat").To("room1").EmitAsync("news", new byte[] { 1, 2, 3 });
                // end: emitter
            });
    }

    [Fact]
    public void Settings_that_cannot_be_kept_to_are_refused()
    {
        var services = new ServiceCollection();
        Refuse(options => options.Key = "");
        Refuse(options => options.Form = (RedisForm)7);
        Refuse(options => options.SubscriptionMode = (RedisSubscriptionMode)7);
        Refuse(options => options.HeartbeatTimeout = options.HeartbeatInterval);
        Refuse(options => options.CommandTimeout = TimeSpan.FromMilliseconds(999));
        Refuse(options => options.MaxQueuedBytes = 0);
        // begin: sharded
        services.AddSocketIORedis("localhost:6379", options => options.Form = RedisForm.Sharded);
        // end: sharded

        void Refuse(Action<RedisOptions> configure) => Assert.ThrowsAny<ArgumentException>(() => services.AddSocketIORedis("localhost", configure));
    }
}
