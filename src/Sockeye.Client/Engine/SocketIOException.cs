namespace Sockeye.Client.Engine;

/// <summary>What a caller that waits for the other side may have to face.</summary>
public abstract class SocketIOException(string message, Exception? inner = null) : Exception(message, inner);
