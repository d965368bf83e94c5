using System.Globalization;

namespace Sockeye.Bench.Servers;

/// <summary>What the operating system says of a process: the figures that hold on a noisy machine.</summary>
internal static class ProcessUsage
{
    private const double TicksPerSecond = 100; // sysconf(_SC_CLK_TCK), the same on every Linux

    /// <summary>CPU time so far. The threads' own counters are in nanoseconds but forget threads that have ended; the process's are in ticks of 10 ms.</summary>
    public static CpuTime Cpu(int process)
    {
        // utime and stime, fields 14 and 15 of proc_pid_stat(5); the name before them may hold anything but ends with the last parenthesis.
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        var (nanoseconds, threads) = (0L, new HashSet<string>());
        foreach (var task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                nanoseconds += long.Parse(File.ReadAllText($"{task}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
                threads.Add(task);
            }
            catch (IOException)
            {
                // A thread that has just ended, or a kernel without these counters: then the ticks are used.
                threads.Add("");
            }
        }

        return new CpuTime(ticks / TicksPerSecond, nanoseconds / 1e9, threads);
    }

    /// <summary>CPU time of the thread on which .NET compiles what is used often; other runtimes have none of this name. It ends when it has nothing to do for a while.</summary>
    public static TimeSpan CompilerTime(int process)
    {
        var nanoseconds = 0L;
        foreach (var task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                // Names of threads have 15 characters at most (proc_pid_comm(5)): ".NET Tiered Compilation Worker".
                nanoseconds += File.ReadAllText($"{task}/comm").StartsWith(".NET Tiered Com", StringComparison.Ordinal) ? long.Parse(File.ReadAllText($"{task}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) : 0;
            }
            catch (IOException)
            {
                // A thread that has just ended.
            }
        }

        return TimeSpan.FromMicroseconds(nanoseconds / 1000);
    }

    public static double ResidentKilobytes(int process) => Status(process, "VmRSS:");

    public static double PeakKilobytes(int process) => Status(process, "VmHWM:");

    private static double Status(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}

internal sealed record CpuTime(double Coarse, double Fine, HashSet<string> Threads)
{
    public double SecondsSince(CpuTime before) => before.Threads.IsSubsetOf(Threads) && !Threads.Contains("") ? Fine - before.Fine : Coarse - before.Coarse;
}
