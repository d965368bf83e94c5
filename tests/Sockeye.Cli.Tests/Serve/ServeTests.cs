using System.Net;
using System.Text.Json;

namespace Sockeye.Cli.Tests.Serve;

/// <summary><c>sockeye serve</c>, to the official client and to browsers.</summary>
public sealed class ServeTests
{
    [Theory]
    [InlineData("/socket.io/", "[\"polling\"]")]
    [InlineData("/socket.io/", "[\"websocket\"]")]
    [InlineData("/other/", "[\"polling\",\"websocket\"]")]
    public async Task The_official_client_echoes_and_chats(string path, string transports)
    {
        var (server, url) = await RunningTool.ServeAsync("--path", path);
        await using var _ = server;
        await using var client = ChildProcess.Node("connect-client.mjs", new { url, path, options = new { transports = JsonDocument.Parse(transports).RootElement } });
        var got = JsonDocument.Parse(await client.Lines.TakeAsync(what: "what the client got").Within()).RootElement;
        Assert.Equal("[1,2,3]", got.GetProperty("echoed").GetRawText());
        Assert.Equal("[4]", got.GetProperty("content").GetRawText());
        Assert.Equal("x", got.GetProperty("text").GetString());
        Assert.Equal("""["lobby","Bob"]""", got.GetProperty("joined").GetRawText());
        Assert.Equal("""{"room":"lobby","from":"Ada","text":"hi all"}""", got.GetProperty("chat").GetRawText());
        Assert.Equal("""["lobby","Bob"]""", got.GetProperty("left").GetRawText());
        Assert.Equal("Join the room first: join ROOM", got.GetProperty("refused").GetString());

        var connection = await TakeAsync(server, "connection");
        Assert.Equal("127.0.0.1", connection.GetProperty("address").GetString());
        Assert.Equal("echo", (await TakeAsync(server, "event")).GetProperty("event").GetString());
        Assert.Contains("disconnect", (await TakeAsync(server, "disconnection")).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await server.CtrlCAsync());
    }

    [Fact]
    public async Task A_client_of_version_2_comes_in_when_it_may()
    {
        var (server, url) = await RunningTool.ServeAsync("--allow-eio3");
        await using var _ = server;
        await using var client = ChildProcess.Node("connect-client.mjs", new { url, path = "/socket.io/", version = 2 });
        Assert.Equal("""{"answer":"two"}""", await client.Lines.TakeAsync().Within());
    }

    [Fact]
    public async Task Our_client_comes_in_by_TLS_and_MessagePack()
    {
        var (server, url) = await RunningTool.ServeAsync("--https", "--msgpack");
        await using var _ = server;
        Assert.StartsWith("https://", url, StringComparison.Ordinal);
        var refused = await CommandLine.RunAsync(["connect", url, "--msgpack", "-e", "info"]).Within();
        Assert.Equal(1, refused.Code);
        var run = await CommandLine.RunAsync(["connect", url + "/chat", "--insecure", "--msgpack", "-e", "ack echo {\"a\":1}"]).Within();
        Assert.Equal(0, run.Code);
        Assert.Matches("""← ack .* \{"a":1\}""", run.Out);
    }

    [Fact]
    public async Task Pages_the_browser_client_and_their_origins_are_served()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "index.html"), "<h1>mine</h1>");
            var (server, url) = await RunningTool.ServeAsync("--static", folder.FullName, "--cors", "http://page.example");
            await using var _ = server;
            using var http = new HttpClient();
            Assert.Equal("<h1>mine</h1>", await http.GetStringAsync(new Uri(url)));
            Assert.Contains("Socket.IO", await http.GetStringAsync(new Uri(url + "/socket.io/socket.io.js")), StringComparison.Ordinal);
            Assert.Equal("http://page.example", await AllowedAsync(http, url, "http://page.example"));
            Assert.Null(await AllowedAsync(http, url, "http://other.example"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_request_that_is_refused_is_told()
    {
        var (server, url) = await RunningTool.ServeAsync();
        await using var _ = server;
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(url + "/socket.io/?EIO=4&transport=polling&sid=nobody"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("session", (await TakeAsync(server, "warning")).GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_people_it_says_how_to_connect_and_what_happens()
    {
        await using var server = RunningTool.Start("serve", "--port", "0");
        var first = await server.Out.TakeAsync().Within();
        var url = first[first.IndexOf("http", StringComparison.Ordinal)..];
        Assert.Contains($"sockeye connect {url}", await server.Out.TakeAsync().Within(), StringComparison.Ordinal);
        await CommandLine.RunAsync(["connect", url, "--transport", "polling", "-e", "ack join lobby"]).Within();
        await server.Out.TakeAsync(line => line.Contains("+ / by polling from 127.0.0.1", StringComparison.Ordinal)).Within();
        await server.Out.TakeAsync(line => line.EndsWith("← join \"lobby\"", StringComparison.Ordinal)).Within();
        await server.Out.TakeAsync(line => line.Contains(" - ", StringComparison.Ordinal)).Within();
    }

    [Fact]
    public async Task A_port_in_use_is_told_with_another()
    {
        var (server, url) = await RunningTool.ServeAsync();
        await using var _ = server;
        var run = await CommandLine.RunAsync(["serve", "--host", "127.0.0.1", "--port", $"{new Uri(url).Port}"]).Within();
        Assert.Equal(2, run.Code);
        Assert.Contains("in use", run.Error, StringComparison.Ordinal);
        Assert.Contains("--port", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "70000", "no port")]
    [InlineData("--path", "socket.io", "no path")]
    [InlineData("--host", "example.com", "no address")]
    [InlineData("--cors", "http://x/path", "no origin")]
    [InlineData("--static", "/no/such/folder", "no folder")]
    public async Task A_wrong_option_is_told(string option, string value, string message)
    {
        var run = await CommandLine.RunAsync(["serve", option, value]).Within();
        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> TakeAsync(RunningTool server, string type) =>
        JsonDocument.Parse(await server.Out.TakeAsync(line => line.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal), type).Within()).RootElement;

    private static async Task<string?> AllowedAsync(HttpClient http, string url, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url + "/socket.io/?EIO=4&transport=polling"));
        request.Headers.Add("Origin", origin);
        using var response = await http.SendAsync(request);
        return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
    }
}
