// Counts how much of the official behaviour has a test here.
//
//   dotnet run eng/parity.cs                the table, and the ids that are missing
//   dotnet run eng/parity.cs -- --strict    the same; exits with 1 if any is missing
//
// An id has a test when it stands in the name of a test or in a string in tests/, as EIO_S_045 or EIO-S-045. Comments do not count.

using System.Text.RegularExpressions;

var groups = new List<Group>();
var excused = new Dictionary<string, string>();
foreach (var line in File.ReadLines("eng/parity-ids.txt").Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
{
    var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    if (words[0] is "later" or "n/a")
    {
        foreach (var id in words[1].Split(',').SelectMany(Expand))
        {
            excused.Add(id, words[0]);
        }
    }
    else
    {
        groups.Add(new(words[0], words[2], [.. Expand($"{words[0]}-{words[1]}")]));
    }
}

var known = groups.SelectMany(group => group.Ids).ToHashSet();
if (excused.Keys.FirstOrDefault(id => !known.Contains(id)) is { } stray)
{
    Console.WriteLine($"eng/parity-ids.txt excuses {stray}, which is in no group.");
    return 1;
}

var tested = Directory.EnumerateFiles("tests", "*", SearchOption.AllDirectories)
    .Where(file => Path.GetExtension(file) is ".cs" or ".mjs" && !Parts().IsMatch(file))
    .SelectMany(file => Id().Matches(Comment().Replace(File.ReadAllText(file), "")))
    .Select(match => match.Value.Replace('_', '-'))
    .Where(known.Contains)
    .ToHashSet();

int have = 0, missing = 0;
foreach (var group in groups)
{
    var open = group.Ids.Where(id => !tested.Contains(id) && !excused.ContainsKey(id)).ToList();
    var covered = group.Ids.Count(tested.Contains);
    var later = group.Ids.Count(id => !tested.Contains(id) && excused.GetValueOrDefault(id) == "later");
    var none = group.Ids.Count(id => !tested.Contains(id) && excused.GetValueOrDefault(id) == "n/a");
    (have, missing) = (have + covered, missing + open.Count);
    Console.WriteLine($"{group.Name,-8} {covered,4} of {group.Ids.Count,3} have a test{(later > 0 ? $", {later} later" : "")}{(none > 0 ? $", {none} without counterpart" : "")}{(open.Count > 0 ? $", {open.Count} MISSING: {string.Join(' ', open)}" : "")}  ({group.Title})");
}

Console.WriteLine($"parity: {have} of {known.Count} ids have a test, {missing} missing, {known.Count - have - missing} later or without counterpart");
return missing > 0 && args.Contains("--strict") ? 1 : 0;

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

    [GeneratedRegex(@"/\*.*?\*/|(?<=^|\s)//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"[\\/](bin|obj|node_modules)[\\/]")]
    private static partial Regex Parts();
}
