using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Redis;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/operations/redis.md.</summary>
public sealed class RedisGuideTests(RedisServer server) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task The_code_of_the_guide_runs()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var connectionString = server.ConnectionString;
        // begin: register
        builder.Services.AddSocketIO();
        builder.Services.AddSocketIORedis(connectionString);
        // end: register
        await using var app = builder.Build();
        app.MapSocketIO();
        await app.StartAsync(TestContext.Current.CancellationToken).Within("the server to start");
        await using var client = await TestClient.ConnectAsync(app.Urls.Single());
        // begin: emitter
        await using var emitter = new RedisEmitter(connectionString);
        await emitter.Everyone.EmitAsync("news", "for all");
        await emitter.Everyone.Of("/chat").To("room1").EmitAsync("news", new byte[] { 1, 2, 3 });
        // end: emitter
        await client.ExpectAsync("news \"for all\"");
        Assert.Equal(1, await app.Services.GetRequiredService<SocketIOServer>().ServerCountAsync());
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
