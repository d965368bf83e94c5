using System.Buffers;

namespace Sockeye.Protocol.Engine;

/// <summary>The handshake that the server sends in its open packet: <c>0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}</c>.</summary>
/// <param name="Sid">The session id.</param>
/// <param name="Upgrades">The transports that the client may upgrade to.</param>
/// <param name="PingInterval">The time between two pings of the server.</param>
/// <param name="PingTimeout">How long the server waits for a pong.</param>
/// <param name="MaxPayload">The largest message or polling payload that the server takes, in bytes.</param>
public sealed record OpenPayload(string Sid, IReadOnlyList<string> Upgrades, TimeSpan PingInterval, TimeSpan PingTimeout, long MaxPayload)
{
    /// <summary>Writes the JSON, without the packet type, in the key order of the official server.</summary>
    public void Write(IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>Reads the JSON of an open packet. Unknown members are skipped; a missing sid, a wrong type or a range error gives false.</summary>
    public static bool TryParse(ReadOnlySpan<byte> json, out OpenPayload? payload) => throw new NotImplementedException();
}
