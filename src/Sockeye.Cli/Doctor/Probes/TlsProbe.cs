using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 3: version, cipher, certificates.</summary>
internal static class TlsProbe
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Whether what is above can be reached.</summary>
    public static async Task<bool> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        examination.Progress("Shaking hands over TLS");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(examination.Timeout);
        var start = Stopwatch.GetTimestamp();
        using var seen = new SeenCertificates();
        string failure;
        try
        {
            var connection = await examination.Dialer.OpenTlsAsync(Protocols, Policy(examination.Options), seen.Remember, limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                Describe(examination, connection.Tls!, Stopwatch.GetElapsedTime(start));
                return Judge(examination, seen);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            examination.Bad(WireLayer.Tls, "handshake", $"no answer within {Words.Of(examination.Timeout)}", Stopwatch.GetElapsedTime(start));
            examination.Find(TlsFindings.NoAnswer(Words.Of(examination.Timeout)));
            return false;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException)
        {
            failure = e.InnerException is { } inner && inner.Message != e.Message ? $"{e.Message.TrimEnd('.')}: {inner.Message}" : e.Message;
        }

        examination.Bad(WireLayer.Tls, "handshake", failure, Stopwatch.GetElapsedTime(start));
        examination.Find(await AsksInClearAsync(examination, cancellationToken).ConfigureAwait(false) is { Status: > 0 } plain
            ? TlsFindings.HttpsToHttpPort(examination.Target.Url.Port, $"The ClientHello was not answered with TLS ({failure.TrimEnd('.')}). In clear: {plain}.")
            : TlsFindings.HandshakeFailed(failure));
        return false;
    }

    private static async Task<HttpAnswer> AsksInClearAsync(Examination examination, CancellationToken cancellationToken)
    {
        var dialer = new Dialer(examination.Target.Url.IdnHost, examination.Dialer.Endpoint, usesTls: false);
        return await HttpExchange.SendAsync(dialer, examination.Request("GET", examination.EngineTarget("polling")), examination.Timeout, cancellationToken).ConfigureAwait(false);
    }

    private static X509ChainPolicy Policy(DoctorOptions options)
    {
        // What the server did not send is not fetched from elsewhere: most clients do not fetch it either.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (options.Authorities is { } authorities)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }

    private static void Describe(Examination examination, SslStream tls, TimeSpan took)
    {
        examination.Good(WireLayer.Tls, "handshake", $"{VersionOf(tls)}, {tls.NegotiatedCipherSuite}", took);
        var chosen = tls.NegotiatedApplicationProtocol;
        examination.Plain(WireLayer.Tls, "ALPN", chosen.Protocol.IsEmpty ? "offered h2 and http/1.1; the server chose none, which means http/1.1" : $"offered h2 and http/1.1; the server chose {chosen}");
        if (tls.SslProtocol < SslProtocols.Tls12)
        {
            examination.Find(TlsFindings.OldVersion(VersionOf(tls)));
        }
    }

    private static string VersionOf(SslStream tls) => tls.SslProtocol switch
    {
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls13 => "TLS 1.3",
        var other => other.ToString(),
    };

    private static bool Judge(Examination examination, SeenCertificates seen)
    {
        foreach (var certificate in seen.Sent)
        {
            examination.Plain(WireLayer.Tls, "certificate", $"{Excerpt.Of(certificate.Subject)}, by {Excerpt.Of(certificate.Issuer)}, {Words.Date(certificate.NotBefore)} to {Words.Date(certificate.NotAfter)}");
        }

        if (seen.Sent is not [var own, ..])
        {
            return true;
        }

        var names = NamesOf(own);
        examination.Plain(WireLayer.Tls, "names", names);
        var finding = FindingOf(examination, seen, own, names);
        if (finding is null)
        {
            examination.Good(WireLayer.Tls, "trust", $"valid for {examination.Target.Url.IdnHost}, {(int)(own.NotAfter - DateTime.Now).TotalDays} days left");
            if (own.NotAfter - DateTime.Now < Soon)
            {
                examination.Find(TlsFindings.ExpiresSoon($"Valid until {Words.Date(own.NotAfter)}."));
            }

            return true;
        }

        examination.See(WireLayer.Tls, examination.Target.Insecure ? Mark.Notable : Mark.Bad, "trust", finding.Title);
        examination.Find(examination.Target.Insecure ? finding with { Severity = Severity.Note } : finding);
        return examination.Target.Insecure;
    }

    private static Finding? FindingOf(Examination examination, SeenCertificates seen, X509Certificate2 own, string names)
    {
        var dates = $"Valid from {Words.Date(own.NotBefore)} to {Words.Date(own.NotAfter)}; now it is {Words.Date(DateTime.UtcNow)}.";
        var by = $"The server sent {string.Join(", then ", seen.Sent.Select(certificate => $"{Excerpt.Of(certificate.Subject)} (by {Excerpt.Of(certificate.Issuer)})"))}. {seen.ChainStatus}".TrimEnd();
        return seen.Errors switch
        {
            SslPolicyErrors.None => null,
            _ when own.NotAfter < DateTime.Now => TlsFindings.Expired(dates),
            _ when own.NotBefore > DateTime.Now => TlsFindings.NotYetValid(dates),
            var errors when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => TlsFindings.WrongHost(examination.Target.Url.IdnHost, $"The certificate is for {names}."),
            _ when !seen.HasUnknownRoot => TlsFindings.Untrusted(by),
            _ when IsSelfSigned(own) => TlsFindings.SelfSigned(by),
            _ when seen.Sent.Count == 1 => TlsFindings.ChainIncomplete(by),
            _ => TlsFindings.UnknownAuthority(by),
        };
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static string NamesOf(X509Certificate2 certificate)
    {
        List<string> names;
        try
        {
            names = [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))];
        }
        catch (CryptographicException)
        {
            return "names that cannot be read (subjectAltName is malformed)";
        }

        return names.Count == 0 ? "no names (subjectAltName is missing, which no client accepts any more)" : Excerpt.Of(string.Join(", ", names), 300);
    }
}
