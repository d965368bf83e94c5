using Sockeye.Cli.Connect;

namespace Sockeye.Cli.Tests.Connect;

/// <summary>Events as people read them, and as recordings keep them.</summary>
public sealed class EventTextTests
{
    [Theory]
    [InlineData("{\"a\":\"x\"} 1", "{\"a\":\"x\"} 1")]
    [InlineData("\"\u009b31m\"", "\"\\u009b31m\"")]
    [InlineData("\"\u202ex\u007f\"", "\"\\u202ex\\u007f\"")]
    public void A_server_cannot_move_the_cursor(string arguments, string text) => Assert.Equal(text, EventText.Arguments(ArgumentParser.Parse(arguments)));

    [Fact]
    public void Long_arguments_are_cut()
    {
        var text = EventText.Arguments(ArgumentParser.Parse($"\"{new string('x', 20_000)}\""));
        Assert.InRange(text.Length, 4000, 4100);
        Assert.Contains("20 kB", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("message", "message")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("", "\"\"")]
    [InlineData("a\e[2J", "a\\u001b[2J")]
    public void A_name_can_be_typed_again(string name, string text) => Assert.Equal(text, EventText.Name(name));

    [Theory]
    [InlineData("{\"time\":1.5,\"direction\":\"out\",\"event\":\"a\",\"args\":[]}", true)]
    [InlineData("{\"time\":1.5,\"direction\":\"out\",\"event\":\"a\",\"args\":{}}", false)]
    [InlineData("{\"time\":\"x\",\"event\":\"a\",\"args\":[]}", false)]
    [InlineData("{\"time\":1,\"event\":7,\"args\":[]}", false)]
    [InlineData("{\"time\":1,\"event\":\"a\",\"args\":[{\"_placeholder\":true,\"num\":0}],\"binary\":[\"!\"]}", false)]
    [InlineData("{\"time\":-1,\"event\":\"a\",\"args\":[]}", false)]
    [InlineData("[]", false)]
    [InlineData("no JSON", false)]
    public void What_is_no_recorded_event_is_told_apart(string line, bool isEvent) => Assert.Equal(isEvent, EventJson.TryRead(line) is not null);
}
