using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sockeye.Chaos;

/// <summary>An engine's own server: a process on a free loopback port, with its files in a folder that goes with it.</summary>
internal class EngineServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Func<int, string, string[]> _command;
    private Process? _process;

    protected EngineServer(Func<int, string, string[]> command) => _command = command;

    public int Port { get; } = FreePort();

    protected string Folder { get; } = Directory.CreateTempSubdirectory("sockeye-chaos-").FullName;

    // It keeps what it has when it is restarted: without that nothing could be recovered over it.
    public static EngineServer Redis() => new(static (port, folder) => ["redis-server", "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", folder]);

    // Debian puts it where only root has its path.
    public static EngineServer Nats() => new(static (port, _) => [File.Exists("/usr/sbin/nats-server") ? "/usr/sbin/nats-server" : "nats-server", "-a", "127.0.0.1", "-p", $"{port}"]);

    public static EngineServer Postgres() => new PostgresServerProcess();

    public virtual async Task StartAsync()
    {
        _process = Run(_command(Port, Folder));
        var begin = Stopwatch.GetTimestamp();
        while (!await AcceptsAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(begin) > Limit)
            {
                throw new ChaosException($"{_process.StartInfo.FileName} does not start.");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>In good order, as its administrator would.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await SignalAsync("INT", process.Id);
            await process.WaitForExitAsync().WaitAsync(Limit);
            process.Dispose();
        }
    }

    /// <summary>It and its children do nothing any more, and their connections stay.</summary>
    public Task PauseAsync() => SignalAsync("STOP", [_process!.Id, .. Children(_process.Id)]);

    public Task ContinueAsync() => SignalAsync("CONT", [_process!.Id, .. Children(_process.Id)]);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    protected virtual async Task<bool> AcceptsAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    protected static Process Run(string[] command)
    {
        try
        {
            var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
            start.Environment["LC_ALL"] = "C";
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            // What nobody reads would fill the pipe.
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new ChaosException($"{command[0]} is not installed: ./test.sh adapters installs it.");
        }
    }

    private static async Task SignalAsync(string signal, params IReadOnlyList<int> processes)
    {
        using var kill = Run(["kill", $"-{signal}", .. processes.Select(static process => $"{process}")]);
        await kill.WaitForExitAsync();
    }

    // The fourth field of proc_pid_stat(5); the name before it may hold anything but ends with the last parenthesis.
    private static List<int> Children(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                var stat = File.ReadAllText($"{folder}/stat");
                if (int.Parse(stat[(stat.LastIndexOf(')') + 4)..].Split(' ')[0], CultureInfo.InvariantCulture) == parent)
                {
                    children.Add(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        return children;
    }
}
