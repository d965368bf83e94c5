namespace Sockeye.Cli.Tests.Doctor;

/// <summary>What a browser would say to the server's answers.</summary>
public sealed class CorsTests
{
    private const string Page = "https://page.example";

    [Fact]
    public async Task None() => await FindsAsync(new { }, "cors-missing");

    [Fact]
    public async Task For_another_origin() => await FindsAsync(new { cors = new { origin = "https://other.example" } }, "cors-other-origin");

    [Fact]
    public async Task For_everybody_with_credentials() => await FindsAsync(new { cors = new { origin = "*", credentials = true } }, "cors-credentials-wildcard");

    [Fact]
    public async Task For_everybody_where_the_page_wants_credentials() => await FindsAsync(new { cors = new { origin = "*" } }, "cors-credentials-wildcard", "--credentials");

    [Fact]
    public async Task Without_the_credentials_that_the_page_wants() => await FindsAsync(new { cors = new { origin = Page } }, "cors-credentials-missing", "--credentials");

    [Fact]
    public async Task Without_the_header_that_the_page_sends() => await FindsAsync(new { cors = new { origin = Page, allowedHeaders = "x-other" } }, "cors-preflight-failed", "--header", "X-Token: 1");

    [Fact]
    public async Task Twice()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { options = new { cors = new { origin = Page } } });
        var port = await deployment.NginxAsync(NginxLocations.Server(backend, $"add_header Access-Control-Allow-Origin {Page};" + NginxLocations.Upgrade));
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--origin", Page)).FindsOnly("cors-duplicate", "http");
    }

    [Fact]
    public async Task As_it_should_be()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync(new { options = new { cors = new { origin = Page, credentials = true, allowedHeaders = "x-token" } } });
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--origin", Page, "--credentials", "--header", "X-Token: 1")).IsHealthy();
    }

    [Theory]
    [InlineData("http://127.0.0.1")]
    [InlineData("ws://user:secret@127.0.0.1")]
    public async Task For_pages_of_the_server_itself(string server)
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync();
        var report = await Deployment.ExamineAsync($"{server}:{port}", "--origin", $"http://127.0.0.1:{port}");
        report.IsHealthy();
        Assert.Contains("same origin", report.Saw("http", "CORS"), StringComparison.Ordinal);
    }

    private static async Task FindsAsync(object options, string code, params string[] arguments)
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync([$"http://127.0.0.1:{await deployment.NodeAsync(new { options })}", "--origin", Page, .. arguments]);
        report.FindsOnly(code, "http");
        Assert.Equal("healthy", report.StateOf("socket.io"));
    }
}
