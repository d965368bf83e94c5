using System.Text.Json;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>What the doctor said, in JSON.</summary>
internal sealed record DoctorReport(int Code, JsonElement Json)
{
    public IReadOnlyList<string> Findings => [.. Json.GetProperty("findings").EnumerateArray().Select(NameOf)];

    public IReadOnlyList<string> Notes => [.. Json.GetProperty("notes").EnumerateArray().Select(note => note.GetProperty("code").GetString()!)];

    public string StateOf(string layer) => Json.GetProperty("layers").EnumerateArray().Single(candidate => candidate.GetProperty("layer").GetString() == layer).GetProperty("state").GetString()!;

    /// <summary>What was seen, in a text.</summary>
    public string Saw(string layer, string what) => string.Join("\n", Json.GetProperty("layers").EnumerateArray().Single(candidate => candidate.GetProperty("layer").GetString() == layer)
        .GetProperty("observations").EnumerateArray().Where(observation => observation.GetProperty("what").GetString() == what).Select(observation => observation.GetProperty("saw").GetString()));

    /// <summary>Nothing is wrong, and every layer was reached.</summary>
    public void IsHealthy()
    {
        Assert.True(Findings.Count == 0, ToString());
        Assert.Equal(0, Code);
        Assert.DoesNotContain("not reached", Json.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("state").GetString()));
        Assert.Equal("healthy", StateOf("socket.io"));
    }

    /// <summary>This is what is wrong, on this layer, and before all else that may be; it has a cause, evidence and lines that mend it.</summary>
    public void Finds(string code, string layer)
    {
        Assert.True(Findings.Count > 0 && Findings[0] == $"{code} ({layer})", ToString());
        Assert.Equal(1, Code);
        Assert.Equal("ill", StateOf(layer));
        var finding = Json.GetProperty("findings")[0];
        Assert.NotEqual("", finding.GetProperty("evidence").GetString());
        Assert.NotEqual("", finding.GetProperty("cause").GetString());
        Assert.All(finding.GetProperty("remedies").EnumerateArray(), remedy => Assert.NotEqual(0, remedy.GetProperty("lines").GetArrayLength()));
        Assert.NotEqual(0, finding.GetProperty("remedies").GetArrayLength());
    }

    /// <summary>This is all that is wrong.</summary>
    public void FindsOnly(string code, string layer)
    {
        Finds(code, layer);
        Assert.True(Findings.Count == 1, ToString());
    }

    public override string ToString() => $"exit code {Code}, findings [{string.Join(", ", Findings)}]\n{Json}";

    private static string NameOf(JsonElement finding) => $"{finding.GetProperty("code").GetString()} ({finding.GetProperty("layer").GetString()})";
}
