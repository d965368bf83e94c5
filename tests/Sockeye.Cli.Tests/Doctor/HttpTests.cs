namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Proxies and servers that answer something else than Engine.IO, and ways that spoil requests.</summary>
public sealed class HttpTests
{
    [Fact]
    public async Task A_path_where_nothing_is()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { options = new { path = "/somewhere/else/" } })}")).FindsOnly("wrong-path", "http");
    }

    [Fact]
    public async Task A_path_beside_the_right_one()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { options = new { path = "/api/socket.io/" } })}");
        report.FindsOnly("wrong-path", "http");
        Assert.Contains("At /api/socket.io/ there is one", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_that_was_given_as_a_path()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync()}", "--path", "/chat")).FindsOnly("namespace-mistaken-for-path", "http");
    }

    [Fact]
    public async Task A_backend_that_is_down()
    {
        using var closed = new ClosedPort();
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(closed.Number))}");
        report.FindsOnly("bad-gateway", "http");
        Assert.Equal("nginx", report.Json.GetProperty("software")[0].GetString());
    }

    [Fact]
    public async Task A_backend_that_never_answers()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync(new { kind = "silent" });
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(backend, "proxy_read_timeout 1s;"))}")).FindsOnly("gateway-timeout", "http");
    }

    [Fact]
    public async Task A_balancer_without_a_server_that_is_up()
    {
        await using var deployment = new Deployment();
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  server s1 127.0.0.1:{await deployment.NodeAsync()} disabled");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("service-unavailable", "http");
    }

    [Fact]
    public async Task A_limit_of_requests()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync();
        var port = await deployment.NginxAsync($"limit_req_zone $binary_remote_addr zone=few:1m rate=1r/m; limit_req_status 429; {NginxLocations.Server(backend, "limit_req zone=few burst=2 nodelay;" + NginxLocations.Upgrade)}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("rate-limited", "http");
    }

    [Fact]
    public async Task A_limit_of_requests_as_nginx_has_it_by_default()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync();
        var port = await deployment.NginxAsync($"limit_req_zone $binary_remote_addr zone=few:1m rate=1r/m; {NginxLocations.Server(backend, "limit_req zone=few burst=2 nodelay;" + NginxLocations.Upgrade)}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("rate-limited", "http");
    }

    [Fact]
    public async Task A_page_for_every_path()
    {
        await using var deployment = new Deployment();
        var folder = Path.GetDirectoryName(await deployment.WriteAsync("index.html", "<!doctype html><title>My app</title>"));
        var port = await deployment.NginxAsync($$"""server { listen 127.0.0.1:PORT; root {{folder}}; types { text/html html; } location / { try_files $uri /index.html; } }""");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("html-instead-of-handshake", "http");
    }

    [Theory]
    [InlineData("return 301 https://$host$request_uri;", "redirect-to-https")]
    [InlineData("return 301 http://www.example.invalid$request_uri;", "redirect-to-other-host")]
    [InlineData("rewrite ^/(.*)/$ /$1 permanent;", "redirect-trailing-slash")]
    [InlineData("return 302 /login;", "redirected")]
    public async Task A_redirect(string line, string code)
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync($"server {{ listen 127.0.0.1:PORT; {line} }}")}")).FindsOnly(code, "http");
    }

    [Theory]
    [InlineData("auth_basic site; auth_basic_user_file /dev/null;", "http-unauthorized")]
    [InlineData("deny all;", "http-forbidden")]
    public async Task An_endpoint_behind_a_lock(string line, string code)
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), line))}")).FindsOnly(code, "http");
    }

    [Fact]
    public async Task A_program_that_fails()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { kind = "http", status = 500, body = "oops" })}")).FindsOnly("server-error", "http");
    }

    [Fact]
    public async Task A_proxy_that_drops_the_query()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync();
        var port = await deployment.NginxAsync($$"""server { listen 127.0.0.1:PORT; location / { set $backend http://127.0.0.1:{{backend}}; proxy_pass $backend$uri; {{NginxLocations.Upgrade}} } }""");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("query-stripped", "http");
    }

    [Fact]
    public async Task A_proxy_that_takes_only_small_bodies()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), "client_max_body_size 100k;" + NginxLocations.Upgrade))}");
        report.FindsOnly("body-limit", "http");
        Assert.Contains("413", report.Saw("http", "payload"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_for_bodies_where_the_server_announces_none()
    {
        await using var deployment = new Deployment();
        var lines = "client_max_body_size 100k; proxy_set_header Accept-Encoding ''; sub_filter_types *; sub_filter '\"maxPayload\"' '\"other\"';" + NginxLocations.Upgrade;
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), lines))}");
        report.IsHealthy();
        Assert.Contains("413", report.Saw("http", "payload"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_keeps_answers_for_others()
    {
        await using var deployment = new Deployment();
        var lines = "proxy_cache kept; proxy_cache_key $uri; proxy_cache_valid 200 1m; proxy_ignore_headers Cache-Control Vary;";
        var port = await deployment.NginxAsync($"proxy_cache_path {deployment.Folder}/cache keys_zone=kept:1m; {NginxLocations.Server(await deployment.NodeAsync(), lines)}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("response-cached", "http");
    }

    [Fact]
    public async Task A_proxy_that_lets_only_WebSockets_through()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), "if ($http_upgrade = '') { return 404; }" + NginxLocations.Upgrade))}");
        report.FindsOnly("polling-blocked", "http");
        Assert.Equal("healthy", report.StateOf("socket.io"));
    }

    [Fact]
    public async Task A_proxy_that_lets_only_GET_through()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NginxAsync(NginxLocations.Server(await deployment.NodeAsync(), "limit_except GET { deny all; }" + NginxLocations.Upgrade));
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("post-fails", "http");
    }

    [Fact]
    public async Task A_proxy_that_holds_back_the_answers_of_polls()
    {
        await using var deployment = new Deployment();
        var port = await deployment.SpoilingProxyAsync(await deployment.NodeAsync(), "polls");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("polling-buffered", "http");
    }

    [Fact]
    public async Task A_proxy_that_lets_one_request_at_a_time_through()
    {
        await using var deployment = new Deployment();
        var backend = await deployment.NodeAsync();
        var port = await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT\n  timeout queue 30s\n  acl upgrade hdr(Upgrade) -i websocket\n  use_backend sockets if upgrade\n  server s1 127.0.0.1:{backend} maxconn 1\nbackend sockets\n  server s1 127.0.0.1:{backend}");
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("requests-serialised", "http");
    }
}
