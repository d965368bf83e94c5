using System.Text.RegularExpressions;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>The page about the doctor names every finding: people search for what a build printed.</summary>
public sealed partial class GuideTests
{
    [Fact]
    public async Task Every_code_is_in_the_guide()
    {
        var root = Path.Combine(ChildProcess.Folder, "..", "..");
        var guide = await File.ReadAllTextAsync(Path.Combine(root, "docs", "guide", "cli-doctor.md"));
        var codes = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "src", "Sockeye.Cli", "Doctor"), "*.cs", SearchOption.AllDirectories))
        {
            codes.UnionWith(Code().Matches(await File.ReadAllTextAsync(file)).Select(match => match.Groups[1].Value));
        }

        Assert.True(codes.Count > 70, $"Only {codes.Count} codes were found in the sources.");
        Assert.Empty(codes.Where(code => !guide.Contains($"`{code}`", StringComparison.Ordinal)).Order());
    }

    [GeneratedRegex("""(?:Code = |Bad\(|Redirected\(answer, )"([a-z0-9-]+)"[,\r\n]""")]
    private static partial Regex Code();
}
