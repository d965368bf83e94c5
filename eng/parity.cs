// Counts how much of the official behaviour has a test here.
//
//   dotnet run eng/parity.cs                the table, and the ids that are missing
//   dotnet run eng/parity.cs -- --strict    the same; exits with 1 if any is missing
//
// An id has a test when it stands in the name of a test or in a string in tests/, as EIO_S_045 or EIO-S-045. Comments do not count. Where a test run has left its
// reports in artifacts/test, a test must also have passed: an id that only failed tests name is missing. An id without a test has its reason in a table of
// docs/protocol/differences.md, or belongs to a later issue (eng/parity-ids.txt).

using System.Text.Json;
using System.Text.RegularExpressions;

var groups = new List<Group>();
var later = new HashSet<string>();
foreach (var line in File.ReadLines("eng/parity-ids.txt").Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
{
    var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    if (words[0] == "later")
    {
        later.UnionWith(words[1].Split(',').SelectMany(Expand));
    }
    else
    {
        groups.Add(new(words[0], words[2], [.. Expand($"{words[0]}-{words[1]}")]));
    }
}

var known = groups.SelectMany(group => group.Ids).ToHashSet();
var different = File.ReadLines("docs/protocol/differences.md")
    .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
    .SelectMany(line => IdRange().Matches(line.Split('|')[1]))
    .SelectMany(match => Expand(match.Value))
    .ToHashSet();
if (later.Concat(different).FirstOrDefault(id => !known.Contains(id)) is { } stray)
{
    Console.WriteLine($"{stray} is excused, but in no group of eng/parity-ids.txt.");
    return 1;
}

var named = Directory.EnumerateFiles("tests", "*", SearchOption.AllDirectories)
    .Where(file => Path.GetExtension(file) is ".cs" or ".mjs" && !Parts().IsMatch(file))
    .SelectMany(file => IdsOf(Comment().Replace(File.ReadAllText(file), "")))
    .Where(known.Contains)
    .ToHashSet();
var results = Directory.Exists("artifacts/test") ? ReadResults().ToList() : [];
var passed = results.Where(result => result.Passed).SelectMany(result => result.Ids).ToHashSet();
var failed = results.Where(result => !result.Passed).SelectMany(result => result.Ids).ToHashSet();
var tested = named.Where(id => passed.Contains(id) || !failed.Contains(id)).ToHashSet();
if (later.Concat(different).FirstOrDefault(tested.Contains) is { } forgotten)
{
    Console.WriteLine($"{forgotten} is excused, but has a test: take the excuse away.");
    return 1;
}

int have = 0, missing = 0;
foreach (var group in groups)
{
    var open = group.Ids.Where(id => !tested.Contains(id) && !later.Contains(id) && !different.Contains(id)).ToList();
    var covered = group.Ids.Count(tested.Contains);
    var waiting = group.Ids.Count(later.Contains);
    var none = group.Ids.Count(different.Contains);
    (have, missing) = (have + covered, missing + open.Count);
    Console.WriteLine($"{group.Name,-8} {covered,4} of {group.Ids.Count,3} have a test{(waiting > 0 ? $", {waiting} later" : "")}{(none > 0 ? $", {none} in differences.md" : "")}{(open.Count > 0 ? $", {open.Count} MISSING: {string.Join(' ', open)}" : "")}  ({group.Title})");
}

Console.WriteLine($"parity: {have} of {known.Count} ids have a test{(results.Count > 0 ? " that passed" : "")}, {missing} missing, {different.Count} in differences.md, {later.Count} later");
return missing > 0 && args.Contains("--strict") ? 1 : 0;

static IEnumerable<string> IdsOf(string text) => Id().Matches(text).Select(match => match.Value.Replace('_', '-'));

// What the suites have left: CTRF of the .NET suites, TAP of those under Node.
static IEnumerable<(string[] Ids, bool Passed)> ReadResults()
{
    foreach (var file in Directory.EnumerateFiles("artifacts/test", "*.ctrf.json"))
    {
        using var report = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var test in report.RootElement.GetProperty("results").GetProperty("tests").EnumerateArray())
        {
            yield return ([.. IdsOf(test.GetProperty("name").GetString()!)], test.GetProperty("status").GetString() == "passed");
        }
    }

    foreach (var line in Directory.EnumerateFiles("artifacts/test", "*.tap").SelectMany(File.ReadLines).Select(line => line.Trim()))
    {
        if (line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("not ok ", StringComparison.Ordinal))
        {
            yield return ([.. IdsOf(line)], line[0] == 'o' && !line.Contains("# SKIP", StringComparison.Ordinal));
        }
    }
}

// "EIO-S-104..108" is five ids.
static IEnumerable<string> Expand(string text)
{
    var match = Range().Match(text);
    if (!match.Success)
    {
        return [text];
    }

    var first = match.Groups["first"].Value;
    var count = int.Parse(match.Groups["last"].ValueSpan, null) - int.Parse(first, null) + 1;
    return Enumerable.Range(int.Parse(first, null), count).Select(number => $"{match.Groups["group"].Value}-{number.ToString(new string('0', first.Length), null)}");
}

internal sealed record Group(string Name, string Title, List<string> Ids);

internal static partial class Program
{
    [GeneratedRegex(@"^(?<group>.+)-(?<first>\d+)\.\.(?<last>\d+)$")]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[A-Z]+[0-9]?(?:[-_][A-Z]+2?)?[-_][0-9]{2,3}(?![0-9])")]
    private static partial Regex Id();

    [GeneratedRegex(@"[A-Z]+[0-9]?(?:-[A-Z]+2?)?-[0-9]{2,3}(?:\.\.[0-9]{2,3})?")]
    private static partial Regex IdRange();

    [GeneratedRegex(@"/\*.*?\*/|(?<=^|\s)//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"[\\/](bin|obj|node_modules)[\\/]")]
    private static partial Regex Parts();
}
