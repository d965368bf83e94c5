using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A Redis of the tests' own on a free port, which keeps nothing, unless it is told to. The variable SOCKEYE_REDIS_SERVER names another program than redis-server: a Valkey.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private static readonly string Program = Environment.GetEnvironmentVariable("SOCKEYE_REDIS_SERVER") is { Length: > 0 } program ? program : "redis-server";

    private const int Attempts = 5;

    private readonly StringBuilder _log = new();
    private string? _folder;
    private Process? _process;

    public int Port { get; private set; }

    /// <summary>The port by which the servers of a cluster talk to each other.</summary>
    public int BusPort { get; private set; }

    public string ConnectionString => $"127.0.0.1:{Port},connectTimeout=60000,asyncTimeout=60000";

    /// <summary>As redis, the driver of Node, takes it.</summary>
    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>Whether it is to be one of a cluster.</summary>
    public bool IsInCluster { get; init; }

    /// <summary>Whether what it has taken is there again when it is started again.</summary>
    public bool KeepsData { get; init; }

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts it, and waits until it takes connections. Another program may take a port in between: then another one, or after a stop once more the same.</summary>
    public async Task StartAsync()
    {
        var isFirst = _folder is null;
        _folder ??= Directory.CreateTempSubdirectory("sockeye-redis-").FullName;
        for (var attempt = 1; ; attempt++)
        {
            if (isFirst)
            {
                (Port, BusPort) = (FreePort(), FreePort());
            }

            StartProcess();
            await Waiting.UntilAsync(async () => _process!.HasExited || await IsOpenAsync(), "Redis to start");
            if (!_process!.HasExited)
            {
                return;
            }

            Assert.True(attempt < Attempts, $"Redis has ended: {_log}");
        }
    }

    private void StartProcess()
    {
        string[] cluster = IsInCluster ? ["--cluster-enabled", "yes", "--cluster-port", $"{BusPort}", "--cluster-node-timeout", "60000"] : [];
        string[] arguments = ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", KeepsData ? "yes" : "no", "--appendfsync", "always", "--daemonize", "no", "--dir", _folder!, .. cluster];
        _process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task<bool> IsOpenAsync()
    {
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

    private static int FreePort()
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
