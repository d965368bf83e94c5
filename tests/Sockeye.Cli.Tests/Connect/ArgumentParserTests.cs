using System.Text;
using Sockeye.Cli.Connect;

namespace Sockeye.Cli.Tests.Connect;

/// <summary>The arguments of an event as they are typed.</summary>
public sealed class ArgumentParserTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public ArgumentParserTests() => File.WriteAllBytes(_file, [1, 2, 0xFF]);

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("", "[]")]
    [InlineData("1 -2.5e3 true null", "[1,-2.5e3,true,null]")]
    [InlineData("{\"a\": [1, {\"b\": \"} x\"}]} \"two words\"", "[{\"a\": [1, {\"b\": \"} x\"}]},\"two words\"]")]
    [InlineData("lobby hi! 1.2.3 -", "[\"lobby\",\"hi!\",\"1.2.3\",\"-\"]")]
    [InlineData("@@ada ada@example.com", "[\"@ada\",\"ada@example.com\"]")]
    [InlineData("\"a\\\"b\\\\\" [ ]", "[\"a\\\"b\\\\\",[ ]]")]
    [InlineData("\"käse 🧀\" [\"@x\"]", "[\"käse 🧀\",[\"@x\"]]")]
    public void Values_become_JSON(string line, string json) => Assert.Equal(json, Encoding.UTF8.GetString(Arguments.Json(ArgumentParser.Parse(line))));

    [Fact]
    public void A_file_becomes_binary_data_alone_and_within_JSON()
    {
        var arguments = ArgumentParser.Parse($"@{_file} {{\"name\":\"x\",\"data\":@{_file}}} [@\"{_file}\"] 4");
        Assert.Equal("[{\"_placeholder\":true,\"num\":0},{\"name\":\"x\",\"data\":{\"_placeholder\":true,\"num\":1}},[{\"_placeholder\":true,\"num\":2}],4]", Encoding.UTF8.GetString(Arguments.Json(arguments)));
        Assert.All(arguments.Attachments, data => Assert.Equal([1, 2, 0xFF], data));
        Assert.Equal(3, arguments.Attachments.Count);
        var values = Arguments.Values(arguments);
        Assert.Equal([1, 2, 0xFF], Assert.IsType<byte[]>(values[0]));
        Assert.Equal([1, 2, 0xFF], Assert.IsType<byte[]>(Assert.IsType<Dictionary<string, object?>>(values[1])["data"]));
    }

    [Theory]
    [InlineData("message {\"a\":x}", 8, "column 14", "invalid start of a value")]
    [InlineData("message {\"ä\":x}", 8, "column 14", "invalid start of a value")]
    [InlineData("message {\"a\":@f,\"b\":x}", 8, "column 21", "invalid start of a value")]
    [InlineData("message {\"a\":1", 8, "begins at column 9 is not complete", "column 15")]
    [InlineData("message \"open", 8, "column 14", "end of string")]
    [InlineData("message {}x", 8, "column 11", "without a space")]
    [InlineData("message '{\"a\":1}'", 8, "column 9", "single quote")]
    [InlineData("message @/no/such/file", 8, "/no/such/file", "cannot be read")]
    public void A_mistake_is_named_with_its_place(string line, int start, string place, string reason)
    {
        using var file = new WorkingFile("f");
        var mistake = Assert.Throws<CommandException>(() => ArgumentParser.Parse(line.Replace("@f", $"@{file.Path}", StringComparison.Ordinal), start));
        Assert.Contains(reason, mistake.Message, StringComparison.Ordinal);
        if (!line.Contains("@f", StringComparison.Ordinal))
        {
            Assert.Contains(place, mistake.Message, StringComparison.Ordinal);
        }

        Assert.NotNull(mistake.Hint);
    }

    [Fact]
    public void Columns_are_right_behind_a_file()
    {
        var line = $"m {{\"a\":@{_file},\"b\":x}}";
        var mistake = Assert.Throws<CommandException>(() => ArgumentParser.Parse(line, 2));
        Assert.Contains($"column {line.IndexOf('x', line.IndexOf(",\"b\"", StringComparison.Ordinal)) + 1}:", mistake.Message, StringComparison.Ordinal);
    }

    private sealed class WorkingFile : IDisposable
    {
        public WorkingFile(string content) => File.WriteAllText(Path, content);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
