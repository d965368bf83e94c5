using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>What is healthy is called healthy, whoever serves it.</summary>
public sealed class HealthyTests
{
    [Fact]
    public async Task Node()
    {
        await using var deployment = new Deployment();
        var port = await deployment.NodeAsync();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--emit", "greet", "\"Ada\"");
        report.IsHealthy();
        Assert.Equal("not used", report.StateOf("tls"));
        Assert.Contains("hello Ada", report.Saw("socket.io", "emit greet"), StringComparison.Ordinal);
        Assert.Equal(["eio3-refused"], report.Notes);
    }

    [Fact]
    public async Task Node_by_name()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"localhost:{await deployment.NodeAsync()}")).IsHealthy();
    }

    [Fact]
    public async Task Node_that_pings_often()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { options = new { pingInterval = 300, perMessageDeflate = true, cookie = true } })}/chat");
        report.IsHealthy();
        Assert.Contains("alive", report.Saw("websocket", "idle, websocket"), StringComparison.Ordinal);
        Assert.Contains("alive", report.Saw("http", "idle, polling"), StringComparison.Ordinal);
        Assert.Contains("permessage-deflate", report.Saw("websocket", "compression"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Node_behind_a_proxy_with_TLS(string proxy)
    {
        await using var deployment = new Deployment();
        using var certificates = await Certificates.CreateAsync(deployment);
        var (certificate, key) = await certificates.IssueAsync("good");
        var backend = await deployment.NodeAsync();
        var port = proxy == "nginx"
            ? await deployment.NginxAsync(NginxLocations.Server(backend, listen: $"listen 127.0.0.1:PORT ssl http2; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {certificate}; ssl_certificate_key {key};"))
            : await deployment.HAProxyAsync($"listen site\n  bind 127.0.0.1:PORT ssl crt {await certificates.TogetherAsync(certificate, key)}\n  server s1 127.0.0.1:{backend}");
        var report = await Deployment.ExamineAsync($"https://127.0.0.1:{port}", "--ca", certificates.AuthorityFile);
        report.IsHealthy();
        Assert.Contains("TLS 1.3", report.Saw("tls", "handshake"), StringComparison.Ordinal);
        Assert.Contains("CN=Sockeye Test Intermediate", report.Saw("tls", "certificate"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockeye()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options => options.PingInterval = TimeSpan.FromMilliseconds(500));
        await using var app = builder.Build();
        app.MapSocketIO().Namespace("/chat").On("greet", (ServerSocket _, string name) => $"hello {name}");
        await app.StartAsync();
        var report = await Deployment.ExamineAsync($"{app.Urls.Single()}/chat", "--emit", "greet", "\"Ada\"");
        report.IsHealthy();
        Assert.Contains("hello Ada", report.Saw("socket.io", "emit greet"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Python()
    {
        await using var deployment = new Deployment();
        var server = deployment.Own(ChildProcess.Python("doctor_server.py"));
        var port = (await server.Lines.TakeAsync(what: "the server's port"))["listening ".Length..];
        (await Deployment.ExamineAsync($"http://127.0.0.1:{port}", "--emit", "greet", "\"Ada\"")).IsHealthy();
    }
}
