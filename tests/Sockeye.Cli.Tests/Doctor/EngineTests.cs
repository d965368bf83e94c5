namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Sessions: whose server, whose revision.</summary>
public sealed class EngineTests
{
    private static readonly string[] WebSocketOnly = ["websocket"];
    private static readonly string[] PollingOnly = ["polling"];

    [Fact]
    public async Task Two_nodes_without_affinity()
    {
        await using var deployment = new Deployment();
        var nodes = await deployment.NodesAsync(2, new { nodes = 2 });
        var port = await deployment.NginxAsync($"upstream nodes {{ server 127.0.0.1:{nodes[0]}; server 127.0.0.1:{nodes[1]}; }} server {{ listen 127.0.0.1:PORT; location / {{ proxy_pass http://nodes; {NginxLocations.Upgrade} }} }}");
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{port}");
        report.FindsOnly("no-affinity", "engine.io");
        // WebSocket alone needs none.
        Assert.Equal("healthy", report.StateOf("socket.io"));
    }

    [Fact]
    public async Task Two_nodes_with_affinity_by_address()
    {
        await using var deployment = new Deployment();
        var nodes = await deployment.NodesAsync(2, new { nodes = 2 });
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  balance source\n  server s1 127.0.0.1:{nodes[0]}\n  server s2 127.0.0.1:{nodes[1]}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).IsHealthy();
    }

    [Fact]
    public async Task Two_nodes_with_affinity_by_cookie()
    {
        await using var deployment = new Deployment();
        var nodes = await deployment.NodesAsync(2, new { nodes = 2 });
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  balance roundrobin\n  cookie SERVERID insert indirect nocache\n  server s1 127.0.0.1:{nodes[0]} cookie s1\n  server s2 127.0.0.1:{nodes[1]} cookie s2");
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{port}");
        report.IsHealthy();
        Assert.Contains("affinity-by-cookie", report.Notes);
    }

    [Fact]
    public async Task A_proxy_that_wants_its_cookie_back()
    {
        await using var deployment = new Deployment();
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  http-request deny if {{ method POST }} !{{ req.cook(gate) -m found }}\n  http-response set-header Set-Cookie gate=open\n  server s1 127.0.0.1:{await deployment.NodeAsync()}");
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{port}");
        report.IsHealthy();
        Assert.Contains("affinity-by-cookie", report.Notes);
    }

    [Fact]
    public async Task A_server_of_version_2()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync(new { version = 2 });
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("server-v2", "engine.io");
        Assert.Empty((await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--eio", "3")).Findings);
    }

    [Fact]
    public async Task Clients_of_version_2_that_are_not_let_in()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--eio", "3")).FindsOnly("eio3-refused", "engine.io");
        Assert.Contains("eio3-refused", (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).Notes);
    }

    [Fact]
    public async Task Clients_of_version_2_that_are_let_in()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync(new { options = new { allowEIO3 = true } });
        Assert.Empty((await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--eio", "3")).Findings);
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{port}");
        report.IsHealthy();
        Assert.Empty(report.Notes);
    }

    [Fact]
    public async Task A_server_that_takes_no_polling()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { options = new { transports = WebSocketOnly } })}");
        report.FindsOnly("polling-disabled", "engine.io");
        Assert.Equal("healthy", report.StateOf("socket.io"));
    }

    [Fact]
    public async Task A_server_that_takes_no_polling_behind_an_nginx_that_takes_no_WebSockets()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { options = new { transports = WebSocketOnly } });
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(backend, ""))}");
        Assert.Equal(["polling-disabled (engine.io)", "websocket-upgrade-headers-missing (websocket)"], report.Findings);
    }

    [Fact]
    public async Task A_server_that_offers_no_WebSocket()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { options = new { transports = PollingOnly } })}");
        report.IsHealthy();
        Assert.Contains("websocket-not-offered", report.Notes);
    }

    [Fact]
    public async Task One_of_two_nodes_that_is_down()
    {
        await using var deployment = new Deployment();
        using var closed = new ClosedPort();
        var backend = await deployment.NodeAsync();
        // Handshakes are spread over both, the second one to the one that is down; the sessions all are on the other.
        var port = await deployment.HAProxyAsync($"frontend site\n  bind 127.0.0.1:PORT\n  use_backend sessions if {{ url_param(sid) -m found }}\n  default_backend all\nbackend sessions\n  server s1 127.0.0.1:{backend}\nbackend all\n  balance roundrobin\n  retries 0\n  server s1 127.0.0.1:{backend}\n  server s2 127.0.0.1:{closed.Number}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).Finds("handshake-unsteady", "engine.io");
    }

    [Fact]
    public async Task One_of_two_nodes_that_is_busy()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync();
        var busy = await deployment.NodeAsync(new { kind = "http", status = 503, body = "busy" });
        var port = await deployment.HAProxyAsync($"frontend site\n  bind 127.0.0.1:PORT\n  use_backend sessions if {{ url_param(sid) -m found }}\n  default_backend all\nbackend sessions\n  server s1 127.0.0.1:{backend}\nbackend all\n  balance roundrobin\n  server s1 127.0.0.1:{backend}\n  server s2 127.0.0.1:{busy}");
        // No proxy says that it limits anything.
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).Finds("handshake-unsteady", "engine.io");
    }

    [Fact]
    public async Task A_server_that_does_not_ping()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { refuse = "ping", options = new { pingInterval = 1000, pingTimeout = 1000 } })}")).FindsOnly("ping-missing", "engine.io");
    }

    [Fact]
    public async Task A_server_that_refuses_the_handshake()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { refuse = "request" })}")).FindsOnly("request-refused", "engine.io");
    }
}
