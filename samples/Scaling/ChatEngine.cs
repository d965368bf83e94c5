using System.Net;
using System.Net.Sockets;
using Garnet;
using StackExchange.Redis;

namespace Scaling;

/// <summary>What carries messages between the nodes: the Redis that is there, or else Garnet, which speaks the same protocol, in this process.</summary>
internal sealed class ChatEngine : IAsyncDisposable
{
    private const string DefaultRedis = "localhost:6379";

    private readonly GarnetServer? _garnet;

    private ChatEngine(string name, string address, GarnetServer? garnet = null) => (Name, Address, _garnet) = (name, address, garnet);

    public string Name { get; }

    public string Address { get; }

    /// <param name="wanted">The Redis that is to be used; null: the one on this machine, if there is one.</param>
    public static async Task<ChatEngine> FindAsync(string? wanted)
    {
        if (await AnswersAsync(wanted ?? DefaultRedis))
        {
            return new ChatEngine($"Redis at {wanted ?? DefaultRedis}", wanted ?? DefaultRedis);
        }

        if (wanted is not null)
        {
            throw new EngineMissingException($"No Redis answers at {wanted}. Start it (redis-server), or leave --redis out: then Garnet is used.");
        }

        var port = FreePort();
        var garnet = new GarnetServer(["-q", "--bind", "127.0.0.1", "--port", $"{port}"]);
        garnet.Start();
        return new ChatEngine("Garnet, in this process", $"127.0.0.1:{port}", garnet);
    }

    public ValueTask DisposeAsync()
    {
        _garnet?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<bool> AnswersAsync(string address)
    {
        try
        {
            var options = ConfigurationOptions.Parse(address);
            options.ConnectTimeout = 1000;
            await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
            await redis.GetDatabase().PingAsync();
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

/// <summary>The Redis that was asked for is not there.</summary>
internal sealed class EngineMissingException(string message) : Exception(message);
