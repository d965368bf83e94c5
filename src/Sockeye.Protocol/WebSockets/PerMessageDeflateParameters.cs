namespace Sockeye.Protocol.WebSockets;

/// <summary>The agreed parameters of permessage-deflate (RFC 7692 section 7.1).</summary>
/// <param name="ServerNoContextTakeover">server_no_context_takeover: the server forgets its window after each message.</param>
/// <param name="ClientNoContextTakeover">client_no_context_takeover: the client forgets its window after each message.</param>
/// <param name="ServerMaxWindowBits">server_max_window_bits: base-2 logarithm of the server's window in bytes, 8 to 15. Default 15 (32 KiB), the RFC's.</param>
/// <param name="ClientMaxWindowBits">client_max_window_bits: the same for the client's window.</param>
public sealed record PerMessageDeflateParameters(bool ServerNoContextTakeover, bool ClientNoContextTakeover, int ServerMaxWindowBits = 15, int ClientMaxWindowBits = 15);
