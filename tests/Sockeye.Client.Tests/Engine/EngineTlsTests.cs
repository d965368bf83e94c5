using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>Certificates of both sides, and a proxy.</summary>
public sealed class EngineTlsTests
{
    private static X509Certificate2 CreateCertificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task Certificates_are_judged_and_shown(TransportType transport)
    {
        using var ours = CreateCertificate("client");
        using var theirs = CreateCertificate("server");
        var shown = new Inbox<string>();
        await using var host = await EngineHost.EchoAsync(https: options =>
        {
            options.ServerCertificate = theirs;
            options.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            options.ClientCertificateValidation = (certificate, _, _) =>
            {
                shown.Add(certificate.Thumbprint);
                return true;
            };
        });
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options =>
        {
            options.Transports = [transport];
            options.ClientCertificates.Add(ours);
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == theirs.Thumbprint;
        });
        socket.Open();
        await handler.ExpectAsync("open");
        Assert.Equal("https", host.Address.Scheme);
        Assert.Equal(ours.Thumbprint, await shown.TakeAsync());
    }

    [Theory]
    [InlineData(TransportType.Polling)]
    [InlineData(TransportType.WebSocket)]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_and_said_so(TransportType transport)
    {
        using var theirs = CreateCertificate("server");
        await using var host = await EngineHost.EchoAsync(https: options => options.ServerCertificate = theirs);
        var handler = new RecordingHandler();
        await using var socket = host.Connect(handler, options => options.Transports = [transport]);
        socket.Open();
        var (reason, details) = await handler.End;
        Assert.Equal(EngineCloseReason.TransportError, reason);
        Assert.Contains("certificate is not trusted", details!.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_given_is_used()
    {
        // Kestrel answers a proxy's requests, which name the whole address, as its own.
        await using var host = await EngineHost.EchoAsync();
        var handler = new RecordingHandler();
        var options = new EngineSocketOptions { Transports = [TransportType.Polling], Proxy = new WebProxy(host.Address) };
        await using var socket = new EngineSocket(new Uri("http://sockeye.invalid"), options, handler);
        socket.Open();
        await handler.ExpectAsync("open", "message hi");
    }
}
