using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Bench.Report;

/// <summary>What one scenario gave on one server in one round, or why it gave nothing.</summary>
internal sealed record Sample(string Scenario, string Server, int Round, Dictionary<string, double> Values, string? Error = null);

/// <summary>All that a report needs; it is kept as JSON beside it.</summary>
internal sealed record Results(Dictionary<string, string> Environment, List<Sample> Samples)
{
    public static Results Load(string path) => File.Exists(path)
        ? JsonSerializer.Deserialize(File.ReadAllText(path), ResultsJson.Default.Results)!
        : throw new BenchException($"There are no results in {path} yet.");

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, ResultsJson.Default.Results) + "\n");
    }

    public IEnumerable<string> Errors(string scenario, string server) =>
        Samples.Where(sample => sample.Scenario == scenario && sample.Server == server && sample.Error is not null).Select(sample => sample.Error!).Distinct();

    public Spread? Of(string scenario, string server, string metric)
    {
        var values = Samples.Where(sample => sample.Scenario == scenario && sample.Server == server && sample.Values.ContainsKey(metric)).Select(sample => sample.Values[metric]).Order().ToArray();
        return values.Length == 0 ? null : new Spread(Median(values), values[0], values[^1], values.Length);
    }

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}

/// <summary>The middle one of some values, and the outermost.</summary>
internal sealed record Spread(double Median, double Min, double Max, int Count);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Results))]
internal sealed partial class ResultsJson : JsonSerializerContext;
