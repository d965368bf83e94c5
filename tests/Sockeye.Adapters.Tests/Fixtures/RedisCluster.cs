using System.Globalization;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A Redis cluster of three primaries, each with a third of the slots.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    private const int Slots = 16384;

    private readonly RedisServer[] _servers = [new() { IsInCluster = true }, new() { IsInCluster = true }, new() { IsInCluster = true }];

    public string ConnectionString => $"{string.Join(',', _servers.Select(static server => $"127.0.0.1:{server.Port}"))},connectTimeout=60000,asyncTimeout=60000";

    /// <summary>As redis, the driver of Node, takes them.</summary>
    public string[] Urls => [.. _servers.Select(static server => server.Url)];

    /// <summary>As <c>redis-cli --cluster create</c> does it.</summary>
    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(_servers.Select(static server => server.StartAsync()));
        for (var i = 0; i < _servers.Length; i++)
        {
            await AtAsync(i, "ADDSLOTSRANGE", Slots * i / _servers.Length, (Slots * (i + 1) / _servers.Length) - 1);
            await AtAsync(i, "SET-CONFIG-EPOCH", i + 1);
        }

        for (var i = 1; i < _servers.Length; i++)
        {
            await AtAsync(0, "MEET", "127.0.0.1", _servers[i].Port, _servers[i].BusPort);
        }

        for (var i = 0; i < _servers.Length; i++)
        {
            await Waiting.UntilAsync(
                async () =>
                {
                    var info = (await AtAsync(i, "INFO")).ToString();
                    return info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal);
                },
                "the cluster to come together");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task<RedisResult> AtAsync(int index, params object[] command)
    {
        var port = _servers[index].Port.ToString(CultureInfo.InvariantCulture);
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true");
        return await connection.GetServer($"127.0.0.1:{port}").ExecuteAsync("CLUSTER", command);
    }
}
