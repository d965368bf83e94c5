namespace Sockeye.Client.Transports;

/// <summary>What a transport has to know; made anew for each connection from its options.</summary>
internal sealed record TransportSettings
{
    /// <summary>Where to.</summary>
    public required EngineAddress Address { get; init; }

    /// <summary>Who sends the requests of polling and, outside of a browser, the WebSocket's handshake.</summary>
    public required HttpMessageInvoker Http { get; init; }

    /// <summary>Extra headers.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The cookies; null if they are not kept.</summary>
    public required CookieJar? Cookies { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The parameter against caches; null for none.</summary>
    public required string? TimestampParam { get; init; }

    /// <summary>How packets look.</summary>
    public required PacketForm Form { get; init; }

    /// <summary>The most bytes of a message or of an answer.</summary>
    public required int MaxReceivedBytes { get; init; }

    /// <summary>How long one request may take; null for ever.</summary>
    public required TimeSpan? RequestTimeout { get; init; }

    /// <summary>The size from which messages are compressed; null: permessage-deflate is not offered.</summary>
    public required int? DeflateThreshold { get; init; }

    /// <summary>The WebSocket's subprotocols.</summary>
    public required IReadOnlyList<string> Protocols { get; init; }

    /// <summary>The address of the next request.</summary>
    public Uri Request(string? sid, bool base64) => Address.Request(sid, TimestampParam, Time.GetUtcNow(), base64);
}
