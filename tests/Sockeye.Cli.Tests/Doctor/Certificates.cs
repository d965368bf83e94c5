using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>An authority of the test's own, and certificates of it, as PEM files.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly Deployment _deployment;
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _intermediate;

    private Certificates(Deployment deployment, X509Certificate2 authority, X509Certificate2 intermediate, string file)
    {
        (_deployment, _authority, _intermediate) = (deployment, authority, intermediate);
        AuthorityFile = file;
    }

    /// <summary>For --ca.</summary>
    public string AuthorityFile { get; }

    public static async Task<Certificates> CreateAsync(Deployment deployment)
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = ForAuthority("CN=Sockeye Test Root", key).CreateSelfSigned(from, to);
        using var intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var intermediate = ForAuthority("CN=Sockeye Test Intermediate", intermediateKey).Create(authority, from, to, RandomNumberGenerator.GetBytes(8));
        return new(deployment, authority, intermediate.CopyWithPrivateKey(intermediateKey), await deployment.WriteAsync("ca.pem", authority.ExportCertificatePem()));
    }

    /// <summary>A certificate by the intermediate authority.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="host">Whom it is for; null for 127.0.0.1.</param>
    /// <param name="days">From when until when, in days from now.</param>
    /// <param name="withChain">Whether the file has the intermediate's, too.</param>
    public async Task<(string Certificate, string Key)> IssueAsync(string name, string? host = null, (int From, int To)? days = null, bool withChain = true)
    {
        var (from, to) = days ?? (-30, 300);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = ForServer(host, key).Create(_intermediate, DateTimeOffset.UtcNow.AddDays(from), DateTimeOffset.UtcNow.AddDays(to), RandomNumberGenerator.GetBytes(8));
        return await WriteAsync(name, certificate.ExportCertificatePem() + (withChain ? "\n" + _intermediate.ExportCertificatePem() : ""), key);
    }

    public async Task<(string Certificate, string Key)> SelfSignAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = ForServer(null, key).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(300));
        return await WriteAsync(name, certificate.ExportCertificatePem(), key);
    }

    /// <summary>Both in one file, as HAProxy wants them.</summary>
    public async Task<string> TogetherAsync(string certificate, string key) =>
        await _deployment.WriteAsync("together.pem", await File.ReadAllTextAsync(certificate) + "\n" + await File.ReadAllTextAsync(key));

    public void Dispose()
    {
        _authority.Dispose();
        _intermediate.Dispose();
    }

    private static CertificateRequest ForAuthority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request;
    }

    private static CertificateRequest ForServer(string? host, ECDsa key)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (host is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(host);
        }

        var request = new CertificateRequest($"CN={host ?? "127.0.0.1"}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        return request;
    }

    private async Task<(string Certificate, string Key)> WriteAsync(string name, string certificate, ECDsa key) =>
        (await _deployment.WriteAsync($"{name}.pem", certificate), await _deployment.WriteAsync($"{name}.key", key.ExportPkcs8PrivateKeyPem()));
}
