using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Redis.Streams;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/operations/redis-streams.md: it compiles; what it does is the engine's tests'.</summary>
public sealed class StreamsGuideTests
{
    internal static void Register(WebApplicationBuilder builder)
    {
        // begin: register
        builder.Services.AddSocketIO(options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        builder.Services.AddSocketIORedisStreams("localhost:6379");
        // end: register
    }

    internal static async Task EmitAsync()
    {
        // begin: emitter
        await using var emitter = new RedisStreamsEmitter("localhost:6379");
        await emitter.Everyone.To("room").EmitAsync("news", 1);
        // end: emitter
    }

    [Fact]
    public void The_code_of_the_guide_registers_an_engine()
    {
        var builder = WebApplication.CreateSlimBuilder();
        Register(builder);
        Assert.Contains(builder.Services, service => service.ServiceType == typeof(Protocol.Cluster.IClusterBackend));
    }
}
