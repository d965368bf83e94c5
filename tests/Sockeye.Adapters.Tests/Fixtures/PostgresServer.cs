using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A PostgreSQL of the tests' own, in a temporary folder on a free port. It refuses to run as root, so it gets another user there.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    // Debian does not put the server's programs on the path.
    private static readonly string Programs =
        Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(folder => int.Parse(Path.GetFileName(folder), null)).Select(folder => $"{folder}/bin/").First() : "";

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-postgres-").FullName;
    private readonly StringBuilder _log = new();
    private Process? _process;

    public int Port { get; } = FreePort();

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Timeout=5";

    /// <summary>As pg, the driver of Node, takes it.</summary>
    public string Url => $"postgres://postgres@127.0.0.1:{Port}/postgres";

    public async ValueTask InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "nobody", _folder);
        }

        await RunAsync(AsUser([$"{Programs}initdb", "-D", $"{_folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]));
        await StartAsync();
    }

    /// <summary>Starts it, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        _process = Start(AsUser([$"{Programs}postgres", "-D", $"{_folder}/data", "-p", $"{Port}", "-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "max_connections=200"]));
        Collect(_process);
        await Waiting.UntilAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"PostgreSQL has ended: {Log}");
                try
                {
                    await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
                    await connection.OpenAsync(TestContext.Current.CancellationToken);
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            "PostgreSQL to start");
    }

    /// <summary>Ends it, and with it all connections.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            // SIGINT: at once, in good order.
            await RunAsync("kill", "-INT", $"{_process.Id}");
            await _process.WaitForExitAsync(CancellationToken.None).Within("PostgreSQL to end");
        }

        _process?.Dispose();
        _process = null;
    }

    /// <summary>Executes a statement; the first value of its answer.</summary>
    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "-R", "root", _folder);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string[] AsUser(string[] command) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command] : command;

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C";
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private async Task RunAsync(params string[] command)
    {
        using var process = Start(command);
        Collect(process);
        await process.WaitForExitAsync(CancellationToken.None).Within(command[0]);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {Log}");
    }

    private void Collect(Process process)
    {
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.ErrorDataReceived += (_, e) => Add(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    private void Add(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
