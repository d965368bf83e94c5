using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Sockeye.Bench.Scenarios;
using Sockeye.Bench.Servers;

namespace Sockeye.Bench;

/// <summary>Where the time goes: perf takes samples of the server, each counts for the layer of the function that ran.</summary>
internal static partial class Profile
{
    public static IReadOnlyList<string> Scenarios { get; } = ["echo-1", "echo-8", "broadcast-1", "broadcast-16"];

    /// <summary>Layer to share in percent.</summary>
    public static Dictionary<string, double> Run(Contestant contestant, string scenario)
    {
        var data = Path.Combine(Repository.Artifacts, $"{contestant.Name}-{scenario}.perf");
        using var server = ServerProcess.Start(contestant, "", "0", ("DOTNET_PerfMapEnabled", "1"));
        Process? perf = null;
        try
        {
            var stage = new Stage(server, contestant, "", Pace.Full with { Window = TimeSpan.FromSeconds(3) });
            stage.Begun += (_, _) => perf = Process.Start(new ProcessStartInfo("perf", ["record", "-q", "-e", "cpu-clock", "-F", "1999", "-p", $"{server.Id}", "-o", data, "--", "sleep", "2"]) { RedirectStandardError = true });
            Catalog.Find(scenario).Run(stage);
            perf?.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new BenchException("perf is not installed.");
        }
        finally
        {
            perf?.Dispose();
        }

        var report = Machine.Output("perf", "report", "-i", data, "--no-children", "--stdio", "--percent-limit", "0", "-F", "overhead,dso,symbol", "--sort", "dso,symbol", "-t", "|");
        var layers = new Dictionary<string, double>();
        foreach (var line in report.Split('\n').Select(line => Line().Match(line)).Where(match => match.Success))
        {
            var layer = LayerOf(line.Groups[2].Value.Trim(), line.Groups[3].Value);
            layers[layer] = layers.GetValueOrDefault(layer) + double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
        }

        return layers.Count > 0 ? layers : throw new BenchException("perf took no samples.");
    }

    [GeneratedRegex(@"^\s*([\d.]+)%?\|([^|]*)\|\s*\[.\]\s(.*)$")]
    private static partial Regex Line();

    // The runtime's map of compiled code names methods as "[assembly] Namespace.Type::Method" or "instance … [assembly]Namespace.Type::Method".
    private static string LayerOf(string image, string symbol) => symbol switch
    {
        _ when image.Contains("kernel", StringComparison.Ordinal) || image.Contains("vdso", StringComparison.Ordinal) => "kernel",
        _ when Ours().Match(symbol) is { Success: true } ours => ours.Value,
        _ when symbol.Contains("Kestrel", StringComparison.Ordinal) || symbol.Contains("Microsoft.AspNetCore", StringComparison.Ordinal) => "Kestrel and ASP.NET Core",
        _ when symbol.Contains("System.Text.Json", StringComparison.Ordinal) => "System.Text.Json",
        _ when symbol.Contains("System.IO.Pipelines", StringComparison.Ordinal) => "System.IO.Pipelines",
        _ when symbol.Contains("System.Net.Sockets", StringComparison.Ordinal) || image.Contains("libSystem.Native", StringComparison.Ordinal) => "System.Net.Sockets",
        _ when symbol.Contains("System.Threading", StringComparison.Ordinal) => "System.Threading",
        _ when image.Contains("libcoreclr", StringComparison.Ordinal) || image.Contains("libclr", StringComparison.Ordinal) => "runtime (GC, JIT, thread switches)",
        _ => "other .NET and libc",
    };

    [GeneratedRegex(@"Sockeye\.(AspNetCore\.\w+|Protocol\.\w+|BenchServer)")]
    private static partial Regex Ours();
}
