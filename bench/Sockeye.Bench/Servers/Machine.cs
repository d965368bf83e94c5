using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sockeye.Bench.Servers;

/// <summary>What was measured where: the versions of a report.</summary>
internal static class Machine
{
    public static Dictionary<string, string> Describe() => new()
    {
        ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["CPU"] = $"{FirstOf("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores seen by the load, {Directory.GetDirectories("/sys/devices/system/cpu", "cpu?").Length} in all",
        ["memory"] = $"{double.Parse(FirstOf("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024:0} GB",
        ["system"] = $"{RuntimeInformation.OSDescription}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}",
        [".NET"] = RuntimeInformation.FrameworkDescription,
        ["Node"] = Output("node", "--version"),
        ["Bun"] = PackageVersion("bun"),
        ["@socket.io/bun-engine"] = PackageVersion("@socket.io/bun-engine"),
        ["socket.io"] = PackageVersion("socket.io"),
        ["ws"] = PackageVersion("ws"),
        ["eiows"] = PackageVersion("eiows"),
        ["@socket.io/redis-adapter"] = PackageVersion("@socket.io/redis-adapter"),
        ["Redis"] = Output("redis-server", "--version"),
        ["Sockeye"] = Output("git", "rev-parse", "--short", "HEAD"),
    };

    public static string Output(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root })
            ?? throw new BenchException($"{file} does not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new BenchException($"{file} {string.Join(' ', arguments)}: {text} {errors.Result}");
    }

    private static string FirstOf(string file, string name) => File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Trim();

    private static string PackageVersion(string name)
    {
        var file = Path.Combine(Repository.Peers, "node_modules", name, "package.json");
        return File.Exists(file) ? JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("version").GetString()! : "not installed";
    }
}
