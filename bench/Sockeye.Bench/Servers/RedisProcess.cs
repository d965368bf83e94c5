using System.Diagnostics;

namespace Sockeye.Bench.Servers;

/// <summary>A Redis that keeps nothing, for the servers of one stage. It runs on the core of the load.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly Process _process;

    public RedisProcess()
    {
        Port = ServerProcess.FreePort();
        Directory.CreateDirectory(Repository.Artifacts);
        try
        {
            _process = Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(), "--logfile", Path.Combine(Repository.Artifacts, "redis.log")]))!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new BenchException("redis-server is not installed.");
        }

        AppDomain.CurrentDomain.ProcessExit += Kill;
        if (!ServerProcess.WaitUntilItListens(Port, () => _process.HasExited))
        {
            Dispose();
            throw new BenchException("redis-server does not listen; artifacts/bench/redis.log says why.");
        }
    }

    public int Port { get; }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(this, EventArgs.Empty);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Kill(object? sender, EventArgs e)
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }
}
