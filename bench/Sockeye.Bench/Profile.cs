using System.Diagnostics;
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
        // Without the second setting, compiled code is in a file without a name, and perf does not find it in the map.
        using var stage = new Stage(contestant, Catalog.Find(scenario).Features, "0", Pace.Full with { Window = TimeSpan.FromSeconds(3) }, [.. Contestant.CompilesSoon, ("DOTNET_PerfMapEnabled", "1"), ("DOTNET_EnableWriteXorExecute", "0")]);
        Process? perf = null;
        try
        {
            stage.Begun += (_, _) => perf = Process.Start(new ProcessStartInfo("perf", ["record", "-q", "-e", "cpu-clock", "-F", "1999", "-p", $"{stage.Server.Id}", "-o", data, "--", "sleep", "2"]) { RedirectStandardError = true });
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

        var layers = Machine.Output("perf", "script", "-i", data, "-F", "ip,sym,dso").Split('\n').Select(line => Line().Match(line)).Where(match => match.Success)
            .CountBy(match => LayerOf(match.Groups[2].Value, match.Groups[1].Value)).ToList();
        var samples = layers.Sum(layer => layer.Value);
        return samples > 0 ? layers.ToDictionary(layer => layer.Key, layer => 100.0 * layer.Value / samples) : throw new BenchException("perf took no samples.");
    }

    // 7f906e285a8b [Sockeye.Protocol] Sockeye.Protocol.WebSockets.WebSocketMask::Apply(...) (/tmp/perf-1234.map)
    [GeneratedRegex(@"^\s*[0-9a-f]+ (.*) \((.*)\)$")]
    private static partial Regex Line();

    // Compiled code has the names that the runtime's map gives it, "[assembly] Namespace.Type::Method"; code that came compiled has only the name of its file.
    private static string LayerOf(string image, string symbol)
    {
        var code = $"{image} {symbol}";
        bool Has(string text) => code.Contains(text, StringComparison.Ordinal);
        return code switch
        {
            _ when Has("[kernel") || Has("vdso") => "kernel",
            _ when Ours().Match(symbol) is { Success: true } ours => ours.Value,
            _ when Has("Kestrel") || Has("Microsoft.AspNetCore") || Has("Microsoft.Extensions") => "Kestrel and ASP.NET Core",
            _ when Has("System.Text.Json") || Has("System.Text.Encodings") => "System.Text.Json",
            _ when Has("System.IO.Pipelines") => "System.IO.Pipelines",
            _ when Has("System.Net.Sockets") || Has("libSystem.Native") => "System.Net.Sockets",
            _ when Has("System.Threading") => "System.Threading",
            _ when Has("libcoreclr") || Has("libclr") => "runtime (GC, JIT, casts, barriers)",
            _ => "other .NET, libc",
        };
    }

    [GeneratedRegex(@"Sockeye\.(AspNetCore\.\w+|Protocol\.\w+|BenchServer)")]
    private static partial Regex Ours();
}
