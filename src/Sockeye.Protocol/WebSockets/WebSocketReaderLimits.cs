namespace Sockeye.Protocol.WebSockets;

/// <summary>What a reader takes from its peer before it refuses.</summary>
/// <param name="MaxMessageSize">
/// Bytes of one message: its fragments joined and, with permessage-deflate, also inflated. Default 1,000,000, the official server's
/// maxHttpBufferSize. 0 takes empty messages only. A message never exceeds <see cref="Array.MaxLength"/> bytes, whatever is set here.
/// </param>
/// <param name="MaxFragments">Frames of one message, empty ones counted; at least 1. Default 16,384 (the ws package takes 131,072).</param>
public sealed record WebSocketReaderLimits(long MaxMessageSize = 1_000_000, int MaxFragments = 16_384);
