using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>What a handshake message says (RFC 8446 §4, RFC 5246 §7.4).</summary>
internal sealed class HandshakeMessage
{
    public const int ClientHello = 1;
    public const int ServerHello = 2;
    public const int Finished = 20;
    public const int KeyUpdate = 24;

    // SHA-256 of "HelloRetryRequest": a ServerHello with this random asks for another ClientHello (RFC 8446 §4.1.3).
    private static readonly byte[] RetryRandom = SHA256.HashData("HelloRetryRequest"u8);

    private readonly List<WireField> _fields = [];

    private HandshakeMessage(int type) => Type = type;

    public int Type { get; }

    public string Name { get; private set; } = "";

    public string Summary { get; private set; } = "";

    public IReadOnlyList<WireField> Fields => _fields;

    public string? Error { get; private set; }

    public byte[] Random { get; private set; } = [];

    /// <summary>The version that the server chose.</summary>
    public int Version { get; private set; }

    public ushort Suite { get; private set; }

    public string? ServerName { get; private set; }

    public string? Protocol { get; private set; }

    public bool IsRetryRequest { get; private set; }

    /// <param name="message">The message with its header of 4 bytes.</param>
    /// <param name="time">When it was seen: certificates have dates.</param>
    /// <param name="isTls13">Whether the connection has agreed on TLS 1.3, where some messages have another form.</param>
    public static HandshakeMessage Read(ReadOnlySpan<byte> message, DateTimeOffset time, bool isTls13)
    {
        var read = new HandshakeMessage(message[0]) { Name = NameOf(message[0]) };
        var body = new TlsReader(message[4..]);
        switch (message[0])
        {
            case ClientHello:
                read.ReadClientHello(ref body);
                break;
            case ServerHello:
                read.ReadServerHello(ref body);
                break;
            case 8:
                read.ReadExtensions(body.Vector(2), isServer: true);
                read.Summary = read.Protocol is { } protocol ? $"ALPN {protocol}" : "";
                break;
            case 11:
                read.ReadCertificates(ref body, time, isTls13);
                break;
            default:
                read.Summary = $"{message.Length - 4:N0} bytes";
                break;
        }

        read.Error ??= body.IsBroken ? $"The {read.Name} ends in the middle of a field." : null;
        return read;
    }

    private static string NameOf(int type) => type switch
    {
        0 => "HelloRequest",
        ClientHello => "ClientHello",
        ServerHello => "ServerHello",
        4 => "NewSessionTicket",
        5 => "EndOfEarlyData",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        Finished => "Finished",
        22 => "CertificateStatus",
        KeyUpdate => "KeyUpdate",
        25 => "CompressedCertificate",
        _ => $"handshake message {type}",
    };

    public static string VersionName(int version) => version switch
    {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => $"version 0x{version:x4}",
    };

    private void ReadClientHello(ref TlsReader body)
    {
        Version = body.Number(2);
        Random = body.Bytes(32).ToArray();
        body.Vector(1);
        var suites = body.Vector(2);
        body.Vector(1);
        List<string> names = [];
        for (var rest = suites; rest.Length >= 2; rest = rest[2..])
        {
            names.Add(CipherSuite.Of(TlsReader.UInt16(rest)).Name);
        }

        _fields.Add(new("random", Convert.ToHexStringLower(Random), "RFC 8446 §4.1.2"));
        _fields.Add(new("cipher suites", string.Join(", ", names), "RFC 8446 §4.1.2"));
        if (!body.IsAtEnd)
        {
            ReadExtensions(body.Vector(2), isServer: false);
        }

        Summary = string.Join(", ", new[] { ServerName is { } name ? $"for {name}" : "without a server name", Protocol is { } protocol ? $"ALPN {protocol}" : null, $"{names.Count} cipher suites" }.OfType<string>());
    }

    private void ReadServerHello(ref TlsReader body)
    {
        Version = body.Number(2);
        Random = body.Bytes(32).ToArray();
        body.Vector(1);
        Suite = (ushort)body.Number(2);
        body.Number(1);
        IsRetryRequest = Random.AsSpan().SequenceEqual(RetryRandom);
        if (!body.IsAtEnd)
        {
            ReadExtensions(body.Vector(2), isServer: true);
        }

        var suite = CipherSuite.Of(Suite).Name;
        Name = IsRetryRequest ? "HelloRetryRequest" : Name;
        Summary = $"{VersionName(Version)}, {suite}{(Protocol is { } protocol ? $", ALPN {protocol}" : "")}";
        _fields.Insert(0, new("version", VersionName(Version), "RFC 8446 §4.2.1"));
        _fields.Insert(1, new("cipher suite", suite, "RFC 8446 §4.1.3"));
        _fields.Insert(2, new("random", Convert.ToHexStringLower(Random)));
    }

    private void ReadExtensions(ReadOnlySpan<byte> extensions, bool isServer)
    {
        var reader = new TlsReader(extensions);
        while (!reader.IsAtEnd)
        {
            var type = reader.Number(2);
            var value = new TlsReader(reader.Vector(2));
            switch (type)
            {
                case 0 when !isServer:
                    var list = new TlsReader(value.Vector(2));
                    list.Number(1);
                    ServerName = Encoding.ASCII.GetString(list.Vector(2));
                    _fields.Add(new("server name", ServerName, "RFC 6066 §3"));
                    break;
                case 16:
                    Protocol = Protocols(value.Vector(2));
                    _fields.Add(new("ALPN", Protocol, "RFC 7301"));
                    break;
                case 43 when isServer:
                    Version = value.Number(2);
                    break;
                case 43:
                    _fields.Add(new("versions", Versions(value.Vector(1)), "RFC 8446 §4.2.1"));
                    break;
                default:
                    break;
            }
        }
    }

    private static string Protocols(ReadOnlySpan<byte> list)
    {
        List<string> names = [];
        for (var reader = new TlsReader(list); !reader.IsAtEnd;)
        {
            names.Add(Encoding.ASCII.GetString(reader.Vector(1)));
        }

        return string.Join(", ", names);
    }

    private static string Versions(ReadOnlySpan<byte> list)
    {
        List<string> names = [];
        for (; list.Length >= 2; list = list[2..])
        {
            // Values like 0x?A?A mean nothing: they keep servers from choking on unknown ones (RFC 8701).
            if ((list[0] & 0x0F) != 0x0A)
            {
                names.Add(VersionName(TlsReader.UInt16(list)));
            }
        }

        return string.Join(", ", names);
    }

    private void ReadCertificates(ref TlsReader body, DateTimeOffset time, bool isTls13)
    {
        if (isTls13)
        {
            body.Vector(1);
        }

        var count = 0;
        for (var list = new TlsReader(body.Vector(3)); !list.IsAtEnd;)
        {
            var certificate = list.Vector(3);
            if (isTls13)
            {
                list.Vector(2);
            }

            if (certificate.Length > 0)
            {
                AddCertificate(certificate, time, ++count);
            }
        }

        Summary = Summary.Length > 0 ? $"{Summary}, {count} in the chain" : "none";
    }

    private void AddCertificate(ReadOnlySpan<byte> bytes, DateTimeOffset time, int number)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(bytes);
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
            var (from, until) = (new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
            _fields.Add(new($"certificate {number}", string.Create(CultureInfo.InvariantCulture, $"{certificate.Subject}, issued by {certificate.Issuer}, {from:yyyy-MM-dd} to {until:yyyy-MM-dd}, for {string.Join(", ", names)}")));
            Summary = Summary.Length > 0 ? Summary : certificate.Subject;
            Error ??= time > until ? $"The certificate of {certificate.Subject} ended on {until:yyyy-MM-dd}."
                : time < from ? $"The certificate of {certificate.Subject} begins on {from:yyyy-MM-dd}."
                : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            Error ??= $"Certificate {number} cannot be read: {e.Message}";
        }
    }
}
