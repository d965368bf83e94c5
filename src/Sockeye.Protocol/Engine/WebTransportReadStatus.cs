namespace Sockeye.Protocol.Engine;

/// <summary>What a read from a WebTransport stream gave.</summary>
public enum WebTransportReadStatus
{
    /// <summary>The input is used up.</summary>
    NeedMoreData,

    /// <summary>A packet as text; <see cref="EnginePacketCodec"/> reads it.</summary>
    Text,

    /// <summary>A binary message.</summary>
    Binary,

    /// <summary>The peer broke the rules of the framing; nothing more can be read.</summary>
    Error,
}

/// <summary>What a peer did wrong on a WebTransport stream.</summary>
public enum WebTransportFrameError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A frame of no bytes.</summary>
    EmptyFrame,

    /// <summary>A frame over the largest payload.</summary>
    TooBig,

    /// <summary>A length above 2^53-1, which JavaScript cannot count.</summary>
    UnsafeLength,

    /// <summary>A text frame that is not UTF-8.</summary>
    InvalidUtf8,
}
