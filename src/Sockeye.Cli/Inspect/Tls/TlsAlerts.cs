namespace Sockeye.Cli.Inspect.Tls;

/// <summary>The alerts of TLS (RFC 8446 §6).</summary>
internal static class TlsAlerts
{
    public static string Name(int description) => description switch
    {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => $"alert {description}",
    };

    public static string Cause(int description) => description switch
    {
        40 or 71 => "the two have no version, cipher suite or group in common.",
        42 or 43 or 44 or 45 or 46 or 48 => "it does not trust the other side's certificate.",
        70 => "it does not speak the version of TLS that the other offered.",
        112 => "it has no certificate for the server name that the client asked for.",
        116 => "it wants a certificate of the client.",
        120 => "the two have no protocol (ALPN) in common.",
        _ => "see RFC 8446 §6.",
    };
}
