namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Ways that do not let WebSockets through, or not for long.</summary>
public sealed class WebSocketTests
{
    private static readonly string[] PollingOnly = ["polling"];

    [Fact]
    public async Task Headers_that_nginx_was_not_told_to_pass_on()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), ""))}");
        report.FindsOnly("websocket-upgrade-headers-missing", "websocket");
        // Polling carries all the rest.
        Assert.Equal("healthy", report.StateOf("socket.io"));
        Assert.Equal("nginx", report.Json.GetProperty("findings")[0].GetProperty("remedies")[0].GetProperty("software").GetString());
    }

    [Fact]
    public async Task Headers_that_HAProxy_takes_away()
    {
        await using var deployment = new Deployment();
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  http-request del-header Upgrade\n  server s1 127.0.0.1:{await deployment.NodeAsync()}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("websocket-upgrade-headers-missing", "websocket");
    }

    [Fact]
    public async Task A_Connection_header_that_was_emptied_to_keep_connections_to_the_server()
    {
        await using var deployment = new Deployment();
        var lines = NginxLocations.Upgrade.Replace("Connection \"upgrade\"", "Connection \"\"", StringComparison.Ordinal);
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), lines))}")).FindsOnly("websocket-upgrade-headers-missing", "websocket");
    }

    [Theory]
    [InlineData("return 403;", "websocket-blocked")]
    [InlineData("return 404;", "websocket-blocked")]
    [InlineData("return 502;", "websocket-bad-gateway")]
    [InlineData("return 200 hello;", "websocket-upgrade-ignored")]
    public async Task A_proxy_that_refuses_them(string line, string code)
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), $"if ($http_upgrade) {{ {line} }} {NginxLocations.Upgrade}"))}")).FindsOnly(code, "websocket");
    }

    [Theory]
    [InlineData("frames", "websocket-buffered")]
    [InlineData("upgrades", "websocket-dropped")]
    [InlineData("silence", "websocket-no-answer")]
    [InlineData("accept", "websocket-accept-wrong")]
    [InlineData("closing", "websocket-closed-at-once")]
    public async Task A_proxy_that_spoils_them(string spoils, string code)
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.SpoilingProxyAsync(await deployment.NodeAsync(), spoils)}")).FindsOnly(code, "websocket");
    }

    [Fact]
    public async Task A_server_that_refuses_them_itself()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { refuse = "websocket" })}")).FindsOnly("websocket-refused-by-server", "websocket");
    }

    [Fact]
    public async Task A_proxy_that_refuses_those_of_a_session()
    {
        await using var deployment = new Deployment();
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  http-request deny if {{ hdr(Upgrade) -i websocket }} {{ url_param(sid) -m found }}\n  server s1 127.0.0.1:{await deployment.NodeAsync()}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("upgrade-probe-failed", "websocket");
    }

    [Fact]
    public async Task A_proxy_that_refuses_the_origin()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { options = new { cors = new { origin = "https://page.example" } } });
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  http-request deny if {{ hdr(Upgrade) -i websocket }} {{ hdr(Origin) -m found }}\n  server s1 127.0.0.1:{backend}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--origin", "https://page.example")).FindsOnly("websocket-origin-refused", "websocket");
    }

    [Fact]
    public async Task An_nginx_that_cuts_what_is_silent()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { options = new { pingInterval = 20_000 } });
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(backend, "proxy_read_timeout 6s;" + NginxLocations.Upgrade))}", "--idle", "45");
        report.FindsOnly("idle-cut", "websocket");
    }

    [Fact]
    public async Task An_HAProxy_that_cuts_what_is_silent()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { options = new { pingInterval = 20_000 } });
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  timeout tunnel 6s\n  server s1 127.0.0.1:{backend}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--idle", "45")).FindsOnly("idle-cut", "websocket");
    }

    [Fact]
    public async Task A_proxy_that_cuts_silent_polls()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { options = new { pingInterval = 20_000, transports = PollingOnly } });
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  timeout server 6s\n  server s1 127.0.0.1:{backend}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--idle", "45")).FindsOnly("idle-cut", "http");
    }
}
