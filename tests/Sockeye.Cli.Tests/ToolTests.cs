namespace Sockeye.Cli.Tests;

/// <summary>What holds for every command.</summary>
public sealed class ToolTests
{
    [Theory]
    [InlineData("doctor")]
    public async Task Every_command_has_help(string command)
    {
        var run = await CommandLine.RunAsync([command, "--help"]);
        Assert.Equal(0, run.Code);
        Assert.Contains($" {command} ", run.Out, StringComparison.Ordinal);
        Assert.Contains("Examples:", run.Out, StringComparison.Ordinal);
        Assert.Contains($"    sockeye {command} ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_address_is_an_error_that_says_what_an_address_looks_like()
    {
        var run = await CommandLine.RunAsync(["doctor", "ftp://example"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("http:", run.Error, StringComparison.Ordinal);
    }
}
