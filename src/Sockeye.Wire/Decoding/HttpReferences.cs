namespace Sockeye.Wire.Decoding;

/// <summary>Where the header fields that matter to a real-time connection are explained.</summary>
internal static class HttpReferences
{
    public static string? Of(string header) => header.ToLowerInvariant() switch
    {
        "host" => "RFC 9110 §7.2",
        "connection" => "RFC 9110 §7.6.1",
        "upgrade" => "RFC 9110 §7.8",
        "via" => "RFC 9110 §7.6.3",
        "origin" => "RFC 6454 §7",
        "cookie" or "set-cookie" => "RFC 6265",
        "sec-websocket-key" or "sec-websocket-version" => "RFC 6455 §4.1",
        "sec-websocket-accept" => "RFC 6455 §4.2.2",
        "sec-websocket-extensions" => "RFC 7692 §7",
        "transfer-encoding" => "RFC 9112 §6.1",
        "content-length" => "RFC 9110 §8.6",
        "content-type" => "RFC 9110 §8.3",
        "content-encoding" => "RFC 9110 §8.4",
        var name when name.StartsWith("access-control-", StringComparison.Ordinal) => "Fetch standard §3.2",
        _ => null,
    };
}
