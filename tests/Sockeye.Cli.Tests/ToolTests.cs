namespace Sockeye.Cli.Tests;

/// <summary>What holds for every command.</summary>
public sealed class ToolTests
{
    [Theory]
    [InlineData("doctor")]
    [InlineData("inspect")]
    [InlineData("learn")]
    [InlineData("connect")]
    [InlineData("serve")]
    [InlineData("load")]
    [InlineData("completion")]
    public async Task Every_command_has_help(string command)
    {
        var run = await CommandLine.RunAsync([command, "--help"]);
        Assert.Equal(0, run.Code);
        Assert.Contains($" {command} ", run.Out, StringComparison.Ordinal);
        Assert.Contains("Examples:", run.Out, StringComparison.Ordinal);
        Assert.Matches($@"\n    .*sockeye {command}\b", run.Out);
    }

    [Theory]
    [InlineData("conect", "connect")]
    [InlineData("connect http://localhost --namespac x", "--namespace")]
    [InlineData("load http://localhost brodcast", "Try: sockeye load --help")]
    public async Task A_slip_is_met_with_what_was_meant(string line, string meant)
    {
        var run = await CommandLine.RunAsync(line.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.Contains(meant, run.Out + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sockeye ser", "serve")]
    [InlineData("sockeye connect --rec", "--record")]
    [InlineData("sockeye load http://localhost:3000 av", "avalanche")]
    [InlineData("sockeye connect --transport web", "websocket")]
    public async Task Bash_completes_the_line(string line, string completed)
    {
        var words = line.Split(' ');
        var script = $"""
            PATH="$1:$PATH"
            source <(sockeye completion bash)
            COMP_LINE='{line}' COMP_POINT={line.Length} COMP_CWORD={words.Length - 1}
            COMP_WORDS=({string.Join(' ', words)})
            _sockeye
            printf 'found %s\n' "$COMPREPLY"
            """;
        await using var bash = ChildProcess.Start("bash", ["--norc", "-c", script, "bash", AppContext.BaseDirectory]);
        Assert.Equal($"found {completed}", await bash.Lines.TakeAsync().Within());
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _sockeye sockeye")]
    [InlineData("zsh", "compdef _sockeye sockeye")]
    [InlineData("fish", "complete -c sockeye")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Each_shell_gets_a_script(string shell, string line)
    {
        var run = await CommandLine.RunAsync(["completion", shell]);
        Assert.Equal(0, run.Code);
        Assert.Contains(line, run.Out, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_address_is_an_error_that_says_what_an_address_looks_like()
    {
        var run = await CommandLine.RunAsync(["doctor", "ftp://example"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("http:", run.Error, StringComparison.Ordinal);
    }
}
