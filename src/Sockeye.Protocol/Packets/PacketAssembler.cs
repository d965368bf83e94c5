namespace Sockeye.Protocol.Packets;

/// <summary>
/// Makes packets of the messages of one connection: decodes text and waits for the attachments that it announces. Time and memory are linear in
/// the length of a message. After an error it is as after <see cref="Reset"/>. Single reader, not thread-safe.
/// </summary>
public sealed class PacketAssembler : IPacketDecoder
{
    private readonly PacketLimits _limits;
    private NamespaceName _namespace = new();
    private Packet? _waiting;
    private byte[][] _attachments = [];
    private int _received;
    private long _receivedBytes;
    private byte _firstByte;

    /// <summary>Creates an assembler.</summary>
    /// <param name="limits">What to accept. <see cref="PacketLimits.MaxDepth"/> is 1 to 1000, the others are not negative.</param>
    public PacketAssembler(PacketLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.Check();
        _limits = limits;
    }

    /// <summary>What the peer did wrong after <see cref="PacketStatus.Error"/>.</summary>
    public PacketError Error { get; private set; }

    /// <summary>The text that the official parser throws for <see cref="Error"/>, such as "unknown packet type 9".</summary>
    public string ErrorMessage => Error == PacketError.UnknownType
        ? $"{Error.ToOfficialMessage()} {(_firstByte is >= (byte)'0' and <= (byte)'9' ? (char)_firstByte : "NaN")}"
        : Error.ToOfficialMessage();

    /// <summary>Whether a packet waits for attachments.</summary>
    public bool IsWaiting => _waiting is not null;

    /// <summary>Takes a text message: <c>2/chat,12["name",1]</c>, without the Engine.IO packet type.</summary>
    public PacketStatus ReceiveText(ReadOnlySpan<byte> utf8, out Packet? packet)
    {
        packet = null;
        if (IsWaiting)
        {
            return Fail(PacketError.UnexpectedText);
        }

        _firstByte = utf8.IsEmpty ? (byte)0 : utf8[0];
        var error = PacketHeader.Read(utf8, _limits, out var header);
        if (error == PacketError.None)
        {
            error = header.Type switch
            {
                PacketType.Connect or PacketType.Disconnect or PacketType.ConnectError => ReadValue(in header, out packet),
                PacketType.Ack or PacketType.BinaryAck when header.Id is null => PacketError.InvalidId,
                _ => ReadArguments(in header, out packet),
            };
        }

        if (error != PacketError.None)
        {
            return Fail(error);
        }

        if (header.Attachments == 0)
        {
            return PacketStatus.Complete;
        }

        _waiting = packet;
        packet = null;
        return PacketStatus.NeedAttachments;
    }

    /// <summary>Takes a binary message: the next attachment of the packet that waits.</summary>
    public PacketStatus ReceiveBinary(ReadOnlySpan<byte> data, out Packet? packet)
    {
        packet = null;
        if (!IsWaiting)
        {
            return Fail(PacketError.UnexpectedBinary);
        }

        _receivedBytes += data.Length;
        if (_receivedBytes > _limits.MaxAttachmentBytes)
        {
            return Fail(PacketError.AttachmentsTooLarge);
        }

        _attachments[_received++] = data.ToArray();
        if (_received < _attachments.Length)
        {
            return PacketStatus.NeedAttachments;
        }

        packet = _waiting;
        Reset();
        return PacketStatus.Complete;
    }

    /// <summary>Drops a half-read packet; the assembler stays usable.</summary>
    public void Reset()
    {
        _waiting = null;
        _attachments = [];
        _received = 0;
        _receivedBytes = 0;
    }

    private PacketStatus Fail(PacketError error)
    {
        Reset();
        Error = error;
        return PacketStatus.Error;
    }

    /// <summary><c>0/chat,{"token":"x"}</c>, <c>1/chat,</c>, <c>4/chat,{"message":"no"}</c></summary>
    private PacketError ReadValue(ref readonly PacketHeader header, out Packet? packet) =>
        PacketPayload.ReadValue(header.Type, _namespace.Get(header.Namespace), header.Id, header.Payload, _limits, out packet);

    /// <summary><c>2/chat,12["name",1]</c>, <c>3/chat,12[1]</c> and the binary forms.</summary>
    private PacketError ReadArguments(ref readonly PacketHeader header, out Packet? packet)
    {
        var named = header.Type is PacketType.Event or PacketType.BinaryEvent;
        byte[][] attachments = header.Attachments > 0 ? new byte[header.Attachments][] : [];
        var error = PacketPayload.ReadArguments(named, _namespace.Get(header.Namespace), header.Id, header.Payload, attachments, _limits, out packet);
        _attachments = error == PacketError.None ? attachments : [];
        return error;
    }
}
