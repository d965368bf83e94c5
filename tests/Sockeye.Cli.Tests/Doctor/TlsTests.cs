namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Certificates, and ports of the other scheme.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task An_expired_certificate()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        var report = await ExamineAsync(deployment, await certificates.IssueAsync("expired", days: (-60, -3)), "--ca", certificates.AuthorityFile);
        report.FindsOnly("certificate-expired", "tls");
        Assert.Equal("not reached", report.StateOf("http"));
    }

    [Fact]
    public async Task A_certificate_of_tomorrow()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        (await ExamineAsync(deployment, await certificates.IssueAsync("tomorrow", days: (2, 60)), "--ca", certificates.AuthorityFile)).FindsOnly("certificate-not-yet-valid", "tls");
    }

    [Fact]
    public async Task A_certificate_for_another_host()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        (await ExamineAsync(deployment, await certificates.IssueAsync("other", "other.example"), "--ca", certificates.AuthorityFile)).FindsOnly("certificate-wrong-host", "tls");
    }

    [Fact]
    public async Task A_certificate_that_is_signed_by_itself()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        (await ExamineAsync(deployment, await certificates.SelfSignAsync("self"))).FindsOnly("certificate-self-signed", "tls");
    }

    [Fact]
    public async Task A_certificate_by_nobody_we_know()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        (await ExamineAsync(deployment, await certificates.IssueAsync("unknown"))).FindsOnly("certificate-unknown-authority", "tls");
    }

    [Fact]
    public async Task A_certificate_without_the_one_between()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        (await ExamineAsync(deployment, await certificates.IssueAsync("alone", withChain: false), "--ca", certificates.AuthorityFile)).FindsOnly("certificate-chain-incomplete", "tls");
    }

    [Fact]
    public async Task A_certificate_that_ends_in_days()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        var report = await ExamineAsync(deployment, await certificates.IssueAsync("soon", days: (-80, 5)), "--ca", certificates.AuthorityFile);
        report.FindsOnly("certificate-expires-soon", "tls");
        Assert.Equal("healthy", report.StateOf("socket.io"));
    }

    [Fact]
    public async Task A_bad_certificate_is_passed_over_when_asked_to()
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        var report = await ExamineAsync(deployment, await certificates.SelfSignAsync("self"), "--insecure");
        report.IsHealthy();
        Assert.Contains("certificate-self-signed", report.Notes);
    }

    [Fact]
    public async Task Https_to_a_port_of_http()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"https://127.0.0.1:{await deployment.NodeAsync()}")).FindsOnly("https-to-http-port", "tls");
    }

    [Fact]
    public async Task Https_to_a_server_that_never_answers()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"https://127.0.0.1:{await deployment.NodeAsync(new { kind = "silent" })}", "--timeout", "2")).FindsOnly("tls-no-answer", "tls");
    }

    [Fact]
    public async Task Https_to_a_server_that_closes()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"https://127.0.0.1:{await deployment.NodeAsync(new { kind = "closing" })}")).FindsOnly("tls-handshake-failed", "tls");
    }

    [Theory]
    [InlineData("node")]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Http_to_a_port_of_https(string server)
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        var (certificate, key) = await certificates.IssueAsync("good");
        var port = server switch
        {
            "node" => await deployment.NodeAsync(new { cert = certificate, key }),
            "nginx" => await deployment.NginxAsync($"server {{ listen 127.0.0.1:PORT ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; }}"),
            _ => await deployment.HAProxyAsync($"frontend site\n  bind 127.0.0.1:PORT ssl crt {await certificates.TogetherAsync(certificate, key)}\n  http-request return status 200"),
        };
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}")).FindsOnly("http-to-https-port", "tls");
    }

    private static async Task<DoctorReport> ExamineAsync(Deployment deployment, (string Certificate, string Key) files, params string[] arguments)
    {
        var port = await deployment.NodeAsync(new { cert = files.Certificate, key = files.Key });
        return await Deployment.ExamineAsync([$"https://127.0.0.1:{port}", .. arguments]);
    }
}
