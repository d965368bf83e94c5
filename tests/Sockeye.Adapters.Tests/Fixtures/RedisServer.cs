using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A Redis of the tests' own on a free port, which keeps nothing, unless it is told to.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private readonly StringBuilder _log = new();
    private string? _folder;
    private Process? _process;

    public int Port { get; } = FreePort();

    public string ConnectionString => $"127.0.0.1:{Port},connectTimeout=60000,asyncTimeout=60000";

    /// <summary>As redis, the driver of Node, takes it.</summary>
    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>More of its settings, as on its command line.</summary>
    public string[] Arguments { get; init; } = [];

    /// <summary>Whether what it has taken is there again when it is started again.</summary>
    public bool KeepsData { get; init; }

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts it, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        _folder ??= Directory.CreateTempSubdirectory("sockeye-redis-").FullName;
        string[] arguments = ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", KeepsData ? "yes" : "no", "--appendfsync", "always", "--daemonize", "no", "--dir", _folder, .. Arguments];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Waiting.UntilAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"Redis has ended: {_log}");
                try
                {
                    using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "Redis to start");
    }

    /// <summary>Ends it, and with it all connections.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None).Within("Redis to end");
        }

        _process?.Dispose();
        _process = null;
    }

    /// <summary>Executes a command: <c>("CLIENT", "KILL", "TYPE", "pubsub")</c>.</summary>
    public async Task<RedisResult> ExecuteAsync(string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},allowAdmin=true");
        return await connection.GetDatabase().ExecuteAsync(command, arguments);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>A port that nobody has at the moment.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Add(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
