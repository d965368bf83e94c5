namespace Sockeye.Wire;

/// <summary>One thing that happened at one layer: a segment, a request, a frame, a packet, an event.</summary>
public sealed class WireRecord
{
    /// <summary>Its number within the connection, from 1, in the order in which the decoders understood it.</summary>
    public required int Id { get; init; }

    /// <summary>The layer.</summary>
    public required WireLayer Layer { get; init; }

    /// <summary>Which way it went.</summary>
    public required WireDirection Direction { get; init; }

    /// <summary>When its last byte was seen.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What it is, in the words of its protocol: "SYN", "request", "text frame", "ping", "EVENT".</summary>
    public required string Kind { get; init; }

    /// <summary>What it says, in one line.</summary>
    public required string Summary { get; init; }

    /// <summary>Its parts, in the order of the wire.</summary>
    public IReadOnlyList<WireField> Fields { get; init; } = [];

    /// <summary>Its bytes as this layer has them, header included: of a WebSocket frame still masked and compressed, of a TLS record still encrypted. At most <see cref="WireConnection.MaxRecordBytes"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>How many bytes it has; more than <see cref="Bytes"/> holds where they were cut.</summary>
    public int Length { get; init; }

    /// <summary>The records of the layers beneath that carried it.</summary>
    public IReadOnlyList<int> CarriedBy { get; init; } = [];

    /// <summary>What is wrong with it, and what the protocol says instead. Null where nothing is.</summary>
    public string? Error { get; init; }

    /// <summary>How many bytes of a record are kept where nothing else was asked for: 64 KiB.</summary>
    public const int MaxBytes = 64 * 1024;
}

/// <summary>A part of a record.</summary>
/// <param name="Name">Its name in the protocol: "FIN", "Sec-WebSocket-Accept", "sid".</param>
/// <param name="Value">Its value, for people.</param>
/// <param name="Reference">Where it is explained: "RFC 6455 §5.2".</param>
public sealed record WireField(string Name, string Value, string? Reference = null);
