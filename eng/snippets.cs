// Keeps the code in the documentation equal to code that is compiled and run.
//
//   dotnet run eng/snippets.cs            says which blocks differ from their source, exits with 1 if any does
//   dotnet run eng/snippets.cs -- --write puts the source into the documents
//
// A block says where it comes from in the line above its fence: <!-- snippet: samples/Hello/Program.cs --> or, for a part of a file between
// "// begin: name" and "// end: name", <!-- snippet: samples/Tutorial/Program.cs#name -->.

using System.Text.RegularExpressions;

var write = args.Contains("--write");
IEnumerable<string> documents = ["README.md", .. Directory.EnumerateFiles("docs", "*.md", SearchOption.AllDirectories)];
int checkedBlocks = 0, different = 0;
foreach (var document in documents)
{
    var text = File.ReadAllText(document);
    var updated = Snippet().Replace(text, match =>
    {
        checkedBlocks++;
        var source = Source(match.Groups["path"].Value, match.Groups["part"].Value);
        if (source != match.Groups["code"].Value)
        {
            different++;
            Console.WriteLine($"{document}: the block from {match.Groups["path"].Value}{match.Groups["part"].Value} differs from its source");
        }

        return $"{match.Groups["head"].Value}{source}```";
    });
    if (write && updated != text)
    {
        File.WriteAllText(document, updated);
    }
}

Console.WriteLine($"{checkedBlocks - different} passed, {(write ? 0 : different)} failed, 0 skipped");
return different > 0 && !write || checkedBlocks == 0 ? 1 : 0;

static string Source(string path, string part)
{
    var lines = File.ReadAllLines(path);
    if (part.Length > 0)
    {
        var begin = Array.FindIndex(lines, line => line.Trim() == $"// begin: {part[1..]}");
        var end = Array.FindIndex(lines, line => line.Trim() == $"// end: {part[1..]}");
        if (begin < 0 || end < begin)
        {
            throw new InvalidDataException($"{path} has no part {part[1..]}.");
        }

        lines = lines[(begin + 1)..end];
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        lines = [.. lines.Select(line => line.Length > indent ? line[indent..] : "")];
    }

    return string.Concat(lines.Select(line => line + "\n"));
}

internal static partial class Program
{
    [GeneratedRegex(@"(?<head><!-- snippet: (?<path>[^#\s]+)(?<part>#\S+)? -->\n```\w+\n)(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
