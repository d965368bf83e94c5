namespace Sockeye.Cli.Tests.Doctor;

/// <summary>How the doctor is asked, and how it answers people.</summary>
public sealed class DoctorCommandTests
{
    [Fact]
    public async Task People_see_the_layers_the_finding_and_the_lines_that_mend_it()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), ""));
        var run = await CommandLine.RunAsync(["doctor", $"http://127.0.0.1:{port}"]).Within(TimeSpan.FromSeconds(120));
        Assert.Equal(1, run.Code);
        var lines = run.Out.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(["1 Network", "2 TCP", "4 HTTP", "5 WebSocket", "6 Engine.IO", "7 Socket.IO"], lines.Where(line => line is [>= '1' and <= '7', ' ', ..] && !line.Contains("not used", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("3 TLS  not used", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith(" ✔ ② SYN-ACK ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("✘ 1 finding.", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("WebSocket, websocket-upgrade-headers-missing", StringComparison.Ordinal));
        // nginx has named itself, so its lines are there, to be copied, and those of other proxies are not.
        Assert.Contains(lines, line => line.EndsWith("proxy_set_header Upgrade $http_upgrade;", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("HAProxy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task People_are_told_when_nothing_is_wrong()
    {
        await using var deployment = new Deployment();
        var run = await CommandLine.RunAsync(["doctor", $"http://127.0.0.1:{await deployment.NodeAsync()}"]).Within(TimeSpan.FromSeconds(120));
        Assert.Equal(0, run.Code);
        Assert.Contains("✔ Healthy.", run.Out, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task What_is_known_so_far_is_said_when_it_is_interrupted()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync(new { kind = "silent" });
        using var interrupt = new CancellationTokenSource();
        var running = CommandLine.RunAsync(["doctor", $"http://127.0.0.1:{port}", "--timeout", "300"], cancellationToken: interrupt.Token);
        await interrupt.CancelAsync();
        var run = await running.Within();
        Assert.Equal(130, run.Code);
        Assert.Contains("Interrupted after", run.Out, StringComparison.Ordinal);
        Assert.Contains("7 Socket.IO  not reached", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--eio", "5")]
    [InlineData("--handshakes", "0")]
    [InlineData("--idle", "-1")]
    [InlineData("--timeout", "0")]
    [InlineData("--timeout", "NaN")]
    [InlineData("--timeout", "86401")]
    [InlineData("--origin", "page")]
    [InlineData("--auth", "token")]
    [InlineData("--auth", "[1]")]
    [InlineData("--ca", "/nowhere/ca.pem")]
    [InlineData("--emit", "greet", "Ada")]
    public async Task Wrong_arguments_are_explained(params string[] arguments)
    {
        var run = await CommandLine.RunAsync(["doctor", "http://127.0.0.1:1", .. arguments]).Within();
        Assert.Equal(2, run.Code);
        Assert.Equal("", run.Out);
        Assert.NotEqual("", run.Error);
    }
}
