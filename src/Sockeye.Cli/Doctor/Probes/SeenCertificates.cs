using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>What the server showed, and what the system says of it. The stream disposes its own copies, so these are ours.</summary>
internal sealed class SeenCertificates : IDisposable
{
    private readonly List<X509Certificate2> _sent = [];

    /// <summary>As the server sent them, its own first.</summary>
    public IReadOnlyList<X509Certificate2> Sent => _sent;

    public SslPolicyErrors Errors { get; private set; }

    /// <summary>What the check of the chain says, in its own words.</summary>
    public string ChainStatus { get; private set; } = "";

    /// <summary>Whether the chain ends in no authority that is trusted.</summary>
    public bool HasUnknownRoot { get; private set; }

    /// <summary>Remembers it all, and lets the handshake go on: it is judged afterwards.</summary>
    public bool Remember(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Errors = errors;
        if (certificate is not null)
        {
            Add(certificate.GetRawCertData());
        }

        if (chain is not null)
        {
            foreach (var other in chain.ChainPolicy.ExtraStore)
            {
                Add(other.RawData);
            }

            ChainStatus = string.Join(" ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Where(text => text.Length > 0).Distinct());
            HasUnknownRoot = chain.ChainStatus.Any(status => (status.Status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0);
        }

        return true;
    }

    public void Dispose()
    {
        foreach (var certificate in _sent)
        {
            certificate.Dispose();
        }
    }

    private void Add(byte[] raw)
    {
        if (!_sent.Exists(known => known.RawData.AsSpan().SequenceEqual(raw)))
        {
            _sent.Add(X509CertificateLoader.LoadCertificate(raw));
        }
    }
}
