using System.Net;

namespace Sockeye.Cli.Tests.Learn;

/// <summary>The page that teaches, out of the tool; what it shows is tested in a browser (tests/browser/wire.test.mjs).</summary>
public sealed class LearnTests
{
    [Fact]
    public async Task It_serves_the_chat_and_the_client_until_Ctrl_C()
    {
        await using var tool = RunningTool.Start("learn", "--port", "0", "--no-browser");
        var line = await tool.Out.TakeAsync().Within();
        var url = new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]);
        Assert.Equal("#wire", url.Fragment);
        using var http = new HttpClient { BaseAddress = url };
        foreach (var (path, text) in new[] { ("/", "Sockeye chat"), ("/wire.js", "WireView"), ("/wire.css", ".layer-7"), ("/socket.io/socket.io.js", "Socket.IO v4") })
        {
            Assert.Contains(text, await http.GetStringAsync(new Uri(path, UriKind.Relative)).Within(), StringComparison.Ordinal);
        }

        using var nothing = await http.GetAsync(new Uri("/nothing.js", UriKind.Relative)).Within();
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        Assert.Equal(0, await tool.CtrlCAsync());
    }

    [Theory]
    [InlineData("70000", "is no port")]
    [InlineData("-1", "is no port")]
    public async Task A_port_that_is_none_is_told(string port, string message)
    {
        var run = await CommandLine.RunAsync(["learn", "--no-browser", $"--port={port}"]).Within();
        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_with_another()
    {
        var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var run = await CommandLine.RunAsync(["learn", "--no-browser", "--port", $"{((IPEndPoint)listener.LocalEndpoint).Port}"]).Within();
        listener.Stop();
        Assert.Equal(2, run.Code);
        Assert.Contains("--port 0", run.Error, StringComparison.Ordinal);
    }
}
