using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sockeye.Bench.Servers;

/// <summary>A server under load, in a process of its own that has its own cores. What it logs goes to a file.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly HashSet<Process> Running = [];

    private readonly Process _process;
    private readonly string _log;

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var process in Running)
        {
            process.Kill();
        }
    };

    private ServerProcess(Process process, int port, string log) => (_process, Port, _log) = (process, port, log);

    public int Id => _process.Id;

    public int Port { get; }

    /// <summary>From the start of the process to the first connection that it took.</summary>
    public TimeSpan StartTime { get; private set; }

    public static ServerProcess Start(Contestant contestant, string features, string cores, params (string Name, string Value)[] environment)
    {
        var port = FreePort();
        var log = Path.Combine(Repository.Artifacts, $"{contestant.Name}.log");
        Directory.CreateDirectory(Repository.Artifacts);
        var start = new ProcessStartInfo("/bin/sh")
        {
            // The shell becomes taskset, which becomes the server: one process id, and no pipe that somebody has to empty.
            ArgumentList = { "-c", "log=$1; cores=$2; shift 2; exec taskset -c \"$cores\" \"$@\" > \"$log\" 2>&1", "sh", log, cores },
            WorkingDirectory = contestant.Folder,
        };
        foreach (var argument in contestant.Command(port, features))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        // What is set for the benchmark itself (dotnet run's working folder and the like) is not the server's.
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["NODE_ENV"] = "production";
        var begin = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        Running.Add(process);
        var server = new ServerProcess(process, port, log);
        try
        {
            if (!WaitUntilItListens(port, () => process.HasExited))
            {
                throw server.Ended();
            }
        }
        catch
        {
            server.Dispose();
            throw;
        }

        server.StartTime = Stopwatch.GetElapsedTime(begin);
        return server;
    }

    public CpuTime Cpu() => _process.HasExited ? throw Ended() : ProcessUsage.Cpu(Id);

    public TimeSpan CompilerTime() => ProcessUsage.CompilerTime(Id);

    public double ResidentKilobytes() => _process.HasExited ? throw Ended() : ProcessUsage.ResidentKilobytes(Id);

    public double PeakKilobytes() => ProcessUsage.PeakKilobytes(Id);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        Running.Remove(_process);
        _process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>False: it has ended before.</summary>
    public static bool WaitUntilItListens(int port, Func<bool> hasEnded)
    {
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(20); Thread.Sleep(1))
        {
            if (hasEnded())
            {
                return false;
            }

            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }

        throw new BenchException("The server does not listen after 20 s.");
    }

    private BenchException Ended() => new($"The server has ended. Its last words: {string.Join(" / ", File.ReadLines(_log).TakeLast(5))}");
}
