using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What goes wrong with TLS and certificates.</summary>
internal static class TlsFindings
{
    private static readonly Remedy[] Certificate =
    [
        new(Software.Nginx, "ssl_certificate     /etc/letsencrypt/live/NAME/fullchain.pem;", "ssl_certificate_key /etc/letsencrypt/live/NAME/privkey.pem;"),
        new(Software.HAProxy, "bind :443 ssl crt /etc/haproxy/certs/NAME.pem    # certificate, intermediates and key in one file"),
        new(Software.Apache, "SSLCertificateFile    /etc/letsencrypt/live/NAME/fullchain.pem", "SSLCertificateKeyFile /etc/letsencrypt/live/NAME/privkey.pem"),
        new(Software.Iis, "New-WebBinding -Name \"Site\" -Protocol https -Port 443 -HostHeader NAME -SslFlags 1    # then choose the new certificate"),
        new(Software.Kestrel, "\"Kestrel\": { \"Certificates\": { \"Default\": { \"Path\": \"fullchain.pem\", \"KeyPath\": \"privkey.pem\" } } }"),
        new(Software.Node, "https.createServer({ cert: readFileSync(\"fullchain.pem\"), key: readFileSync(\"privkey.pem\") })"),
    ];

    public static Finding HttpsToHttpPort(int port, string evidence) => new()
    {
        Code = "https-to-http-port",
        Layer = WireLayer.Tls,
        Title = $"Port {port} speaks HTTP in clear, and the address says https.",
        Evidence = evidence,
        Cause = "The port is that of the server without TLS, or the proxy's listener lacks TLS.",
        Remedies =
        [
            new(Software.Client, $"io(\"http://HOST:{port}\")    // or the port with TLS, mostly 443"),
            new(Software.Nginx, $"listen {port} ssl;"),
            new(Software.HAProxy, $"bind :{port} ssl crt /etc/haproxy/certs/NAME.pem"),
            new(Software.Apache, "SSLEngine on"),
            new(Software.Kestrel, $"kestrel.ListenAnyIP({port}, listen => listen.UseHttps());"),
            new(Software.Node, "https.createServer({ cert, key })    // and not http.createServer()"),
        ],
    };

    public static Finding HttpToHttpsPort(int port, string evidence) => new()
    {
        Code = "http-to-https-port",
        Layer = WireLayer.Tls,
        Title = $"Port {port} expects TLS, and the address says http.",
        Evidence = evidence,
        Cause = "The address has the wrong scheme.",
        Remedies = [new(Software.Client, $"io(\"https://HOST:{port}\")"), new(Software.Nginx, "error_page 497 301 =308 https://$host:$server_port$request_uri;    # helps browsers, not clients")],
    };

    public static Finding Expired(string evidence) => Bad("certificate-expired", "The certificate has expired.", evidence, "Its renewal failed, or the server was not reloaded after it.",
        [new(Software.System, "certbot renew && systemctl reload nginx"), .. Certificate]);

    public static Finding NotYetValid(string evidence) =>
        Bad("certificate-not-yet-valid", "The certificate is not valid yet.", evidence, "The clock of this machine is behind, or the certificate was made for later.", [new(Software.System, "timedatectl set-ntp true"), .. Certificate]);

    public static Finding ExpiresSoon(string evidence) => Bad("certificate-expires-soon", "The certificate expires soon.", evidence, "Its renewal does not run, or the server was not reloaded after it.",
        [new(Software.System, "certbot renew && systemctl reload nginx"), .. Certificate]) with
    { Severity = Severity.Warning };

    public static Finding WrongHost(string host, string evidence) => Bad("certificate-wrong-host", $"The certificate is not for {host}.", evidence,
        "The server has no certificate for this name and shows its default one, or the client uses an address that is not in the certificate.",
        [new(Software.System, $"certbot certonly -d {host}"), new(Software.Nginx, $"server_name {host};    # in the server block with this name's ssl_certificate"), .. Certificate.Where(remedy => remedy.Software != Software.Nginx)]);

    public static Finding SelfSigned(string evidence) => Bad("certificate-self-signed", "The certificate is signed by itself.", evidence,
        "A certificate for development. Nobody vouches for it, so clients refuse it.", [new(Software.Client, "io(url, { ca: readFileSync(\"cert.pem\") })    // Node; never rejectUnauthorized: false in production"),
            new(Software.Doctor, "sockeye doctor URL --ca cert.pem    # trust this one; or -k to look at the layers above"), .. Certificate]);

    public static Finding UnknownAuthority(string evidence) => Bad("certificate-unknown-authority", "The certificate's authority is not known here.", evidence,
        "A private authority (company, Kubernetes, mkcert) that this machine does not trust.",
        [new(Software.System, "cp ca.pem /usr/local/share/ca-certificates/ca.crt && update-ca-certificates"), new(Software.Client, "io(url, { ca: readFileSync(\"ca.pem\") })    // Node; or NODE_EXTRA_CA_CERTS=ca.pem"),
            new(Software.Doctor, "sockeye doctor URL --ca ca.pem    # or -k to look at the layers above")]);

    public static Finding ChainIncomplete(string evidence) => Bad("certificate-chain-incomplete", "The server does not send the intermediate certificate.", evidence,
        "It is configured with its own certificate alone. Browsers often find the missing one elsewhere; Node, Python, Go and .NET do not. Or it is a private authority.",
        [.. Certificate, new(Software.Doctor, "sockeye doctor URL --ca ca.pem    # if the authority is a private one")]);

    public static Finding Untrusted(string evidence) => Bad("certificate-untrusted", "The certificate is not trusted.", evidence, "See what the chain's check says.", Certificate);

    public static Finding HandshakeFailed(string evidence) => Bad("tls-handshake-failed", "The TLS handshake fails.", evidence,
        "Both sides have no version or cipher in common, the server has no certificate for this name (SNI), or it asks for a client certificate.",
        [
            new(Software.System, "openssl s_client -connect HOST:PORT -servername HOST"),
            new(Software.Nginx, "ssl_protocols TLSv1.2 TLSv1.3;"),
            new(Software.HAProxy, "ssl-default-bind-options ssl-min-ver TLSv1.2"),
            new(Software.Apache, "SSLProtocol -all +TLSv1.2 +TLSv1.3"),
        ]);

    public static Finding NoAnswer(string waited) => Bad("tls-no-answer", "The server takes the connection and does not answer the TLS handshake.", $"No ServerHello within {waited}.",
        "The program behind the port hangs, a firewall between lets only the handshake of TCP through, or the port speaks another protocol that waits for its client.",
        [new(Software.System, "openssl s_client -connect HOST:PORT -servername HOST")]);

    public static Finding OldVersion(string version) => Bad("tls-version-old", $"The server chose {version}.", $"{version} was negotiated.", "The server offers nothing newer. Browsers refuse TLS 1.0 and 1.1 (RFC 8996).",
        [new(Software.Nginx, "ssl_protocols TLSv1.2 TLSv1.3;"), new(Software.HAProxy, "ssl-default-bind-options ssl-min-ver TLSv1.2"), new(Software.Apache, "SSLProtocol -all +TLSv1.2 +TLSv1.3")]) with
    { Severity = Severity.Warning };

    private static Finding Bad(string code, string title, string evidence, string cause, IReadOnlyList<Remedy> remedies) => new()
    {
        Code = code,
        Layer = WireLayer.Tls,
        Title = title,
        Evidence = evidence,
        Cause = cause,
        Remedies = remedies,
    };
}
