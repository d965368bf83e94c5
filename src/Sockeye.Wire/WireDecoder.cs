namespace Sockeye.Wire;

/// <summary>
/// Understands the bytes of one connection above TCP and TLS: HTTP requests and responses, WebSocket frames, Engine.IO packets, Socket.IO packets. Both directions go in as they
/// were seen, in any pieces; a record comes out for each thing understood. Bytes that no protocol explains become a record with an error, never an exception.
/// </summary>
/// <param name="connection">Where the records go.</param>
public sealed class WireDecoder(WireConnection connection)
{
    /// <summary>Takes bytes as the application gets them: in order, decrypted.</summary>
    /// <param name="direction">Which way they went.</param>
    /// <param name="time">When they were seen.</param>
    /// <param name="data">The bytes, which are not kept.</param>
    /// <param name="carrier">The id of the record that carried them: of a TCP segment, or of a TLS record.</param>
    public void Receive(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, int carrier)
    {
        _ = connection;
    }

    /// <summary>Notes that bytes are missing here, for example because the capture lost a packet: what was begun is given up.</summary>
    /// <param name="direction">Which way they went.</param>
    /// <param name="time">When it was noticed.</param>
    /// <param name="length">How many bytes are missing.</param>
    public void Skip(WireDirection direction, DateTimeOffset time, long length)
    {
    }

    /// <summary>Notes that no more bytes will come in this direction.</summary>
    /// <param name="direction">The direction.</param>
    /// <param name="time">When it ended.</param>
    public void End(WireDirection direction, DateTimeOffset time)
    {
    }
}
