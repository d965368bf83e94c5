namespace Sockeye.Protocol.Packets;

/// <summary>Why a packet was refused. Machine-readable: also the metric's label.</summary>
public enum PacketError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The first character is no packet type, or the packet is empty.</summary>
    UnknownType,

    /// <summary>A binary packet without a count of 1 or more, in digits, before "-".</summary>
    IllegalAttachments,

    /// <summary>More attachments than the limit.</summary>
    TooManyAttachments,

    /// <summary>The attachments of one packet are together larger than the limit.</summary>
    AttachmentsTooLarge,

    /// <summary>A namespace over the limit, or not UTF-8.</summary>
    InvalidNamespace,

    /// <summary>An ack id that does not fit 63 bits, or an acknowledgement without one.</summary>
    InvalidId,

    /// <summary>The data are not what the type demands, or not JSON.</summary>
    InvalidPayload,

    /// <summary>JSON nested deeper than the limit.</summary>
    TooDeep,

    /// <summary>An event's name over the limit.</summary>
    EventNameTooLong,

    /// <summary>An event named like an event of the library itself.</summary>
    ReservedEventName,

    /// <summary>A placeholder without a number, out of range, or used twice.</summary>
    IllegalPlaceholder,

    /// <summary>Text while attachments are outstanding.</summary>
    UnexpectedText,

    /// <summary>A binary message that no packet announced.</summary>
    UnexpectedBinary,

    /// <summary>Not a whole message of the format: cut off, or with bytes behind its end.</summary>
    Malformed,
}

/// <summary>The strings of <see cref="PacketError"/>.</summary>
public static class PacketErrors
{
    /// <summary>
    /// The text of the error that the official parser throws. Where the official parser has no such rule, the text of the nearest one that
    /// some official parser has, or a text of our own.
    /// </summary>
    public static string ToOfficialMessage(this PacketError error) => error switch
    {
        PacketError.None => "",
        PacketError.UnknownType => "unknown packet type",
        PacketError.IllegalAttachments => "Illegal attachments",
        PacketError.TooManyAttachments => "too many attachments",
        PacketError.AttachmentsTooLarge => "attachments too large",
        PacketError.InvalidNamespace => "invalid namespace",
        PacketError.InvalidId => "invalid packet id",
        PacketError.InvalidPayload or PacketError.TooDeep or PacketError.EventNameTooLong or PacketError.ReservedEventName => "invalid payload",
        PacketError.IllegalPlaceholder => "illegal attachments",
        PacketError.UnexpectedText => "got plaintext data when reconstructing a packet",
        PacketError.UnexpectedBinary => "got binary data when not reconstructing a packet",
        PacketError.Malformed => "Could not parse",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Not a packet error."),
    };

    /// <summary>A stable name for logs and the label of a metric.</summary>
    public static string ToWireString(this PacketError error) => error switch
    {
        PacketError.None => "none",
        PacketError.UnknownType => "unknown_type",
        PacketError.IllegalAttachments => "illegal_attachments",
        PacketError.TooManyAttachments => "too_many_attachments",
        PacketError.AttachmentsTooLarge => "attachments_too_large",
        PacketError.InvalidNamespace => "invalid_namespace",
        PacketError.InvalidId => "invalid_id",
        PacketError.InvalidPayload => "invalid_payload",
        PacketError.TooDeep => "too_deep",
        PacketError.EventNameTooLong => "event_name_too_long",
        PacketError.ReservedEventName => "reserved_event_name",
        PacketError.IllegalPlaceholder => "illegal_placeholder",
        PacketError.UnexpectedText => "unexpected_text",
        PacketError.UnexpectedBinary => "unexpected_binary",
        PacketError.Malformed => "malformed",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Not a packet error."),
    };
}
