using Sockeye.Cli.Connect;

namespace Sockeye.Cli.Tests.Connect;

/// <summary>What Tab offers.</summary>
public sealed class CompleterTests
{
    private readonly EventMemory _memory = new();

    public CompleterTests()
    {
        Saw("message", "{\"room\":\"lobby\",\"text\":\"hi\",\"tags\":[1,2],\"n\":{\"deep\":3}} 7");
        Saw("members", "");
        Saw("two words", "");
    }

    [Theory]
    [InlineData("recor", "record ")]
    [InlineData("mes", "message ")]
    [InlineData("/ad", "/admin ")]
    [InlineData("ack mem", "ack members ")]
    [InlineData("only mess", "only message")]
    [InlineData("help his", "help history")]
    [InlineData("reply of", "reply off")]
    [InlineData("message ", "message {\"room\":\"\",\"text\":\"\",\"tags\":[],\"n\":{\"deep\":0}}")]
    [InlineData("emit message {} ", "emit message {} 0")]
    [InlineData("message {\"te", "message {\"text\":")]
    [InlineData("message {\"text\":\"x\",\"de", "message {\"text\":\"x\",\"deep\":")]
    [InlineData("message {\"a\":[1,{\"b\":\"c", "message {\"a\":[1,{\"b\":\"c\"}]}")]
    [InlineData("message {\"a\":\"x\\\"", "message {\"a\":\"x\\\"\"}")]
    [InlineData("message [1", "message [1]")]
    [InlineData("message \"} {", "message \"} {\"")]
    public void One_way_to_go_on_is_put_in(string line, string completed) => Assert.Equal(completed, Tab(line));

    [Theory]
    [InlineData("me", "members", "message")]
    [InlineData("re", "reconnect", "record", "replay", "reply")]
    public void Several_are_shown(string line, params string[] candidates) => Assert.Equal(candidates, Completer().Complete(line, line.Length).Candidates);

    [Theory]
    [InlineData("members ")]
    [InlineData("info ")]
    [InlineData("message {} 1 ")]
    [InlineData("nothing-like-this")]
    public void Nothing_is_made_up(string line) => Assert.Empty(Completer().Complete(line, line.Length).Candidates);

    [Fact]
    public void Files_are_offered_behind_an_at_sign()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "photo.png"), "");
            Assert.Equal($"message @{folder.FullName}/photo.png", Tab($"message @{folder.FullName}/ph"));
            Assert.Equal($"record {folder.FullName}/photo.png", Tab($"record {folder.FullName}/ph"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_server_with_endless_names_does_not_fill_the_memory()
    {
        for (var i = 0; i < EventMemory.MaxNames * 2; i++)
        {
            Saw($"name-{i}", "");
        }

        Assert.Equal(EventMemory.MaxNames, _memory.Names().Length);
        Assert.Equal(500, _memory.Last(int.MaxValue, _ => true).Length);
        Assert.Contains(_memory.Names(), seen => seen.Name == "message");
    }

    private void Saw(string name, string arguments) => _memory.Add(new WireEvent(TimeSpan.Zero, false, "/", name, null, ArgumentParser.Parse(arguments)));

    private Completer Completer() => new(_memory, () => ["/admin"]);

    private string Tab(string line)
    {
        var completion = Completer().Complete(line, line.Length);
        return line[..completion.Start] + Assert.Single(completion.Candidates);
    }
}
