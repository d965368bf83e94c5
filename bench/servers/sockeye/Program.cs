using Sockeye.BenchServer;
using Sockeye.Redis;

// Sockeye.BenchServer PORT [msgpack] [deflate] [epoll] [redis | redis-sharded], with REDIS=host:port in the environment for the last two
Server.Run(args, static (services, features) =>
{
    if (features.FirstOrDefault(static feature => feature.StartsWith("redis", StringComparison.Ordinal)) is { } form)
    {
        services.AddSocketIORedis(Environment.GetEnvironmentVariable("REDIS")!, options => options.Form = form == "redis" ? RedisForm.Classic : RedisForm.Sharded);
    }
});
