using Sockeye.Wire.Decoding;

namespace Sockeye.Wire;

/// <summary>
/// Understands the bytes of one connection above TCP and TLS: HTTP requests and responses, WebSocket frames, Engine.IO packets, Socket.IO packets. Both directions go in as they
/// were seen, in any pieces; a record comes out for each thing understood. Bytes that no protocol explains become a record with an error, never an exception.
/// </summary>
public sealed class WireDecoder
{
    private readonly WireConnection _connection;
    private readonly WireInput[] _inputs = [new(), new()];
    private readonly IWireReader[] _readers;

    /// <summary>Creates a decoder for one connection.</summary>
    /// <param name="connection">Where the records go.</param>
    /// <param name="sessions">Shared by the connections that may carry parts of the same session. Its own, if null.</param>
    public WireDecoder(WireConnection connection, WireSessions? sessions = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
        var conversation = new HttpConversation(this, connection, sessions ?? new());
        _readers = [new HttpReader(WireDirection.ToServer, conversation), new HttpReader(WireDirection.ToClient, conversation)];
    }

    /// <summary>The longest frame, message or body that is decoded, in bytes; of longer ones only the beginning is shown. Default: 16 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Takes bytes as the application gets them: in order, decrypted.</summary>
    /// <param name="direction">Which way they went.</param>
    /// <param name="time">When they were seen.</param>
    /// <param name="data">The bytes, which are not kept.</param>
    /// <param name="carrier">The id of the record that carried them: of a TCP segment, or of a TLS record. Zero: none did.</param>
    public void Receive(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, int carrier)
    {
        _inputs[(int)direction].Append(data, carrier);
        Read(direction, time);
    }

    /// <summary>Notes that bytes are missing here, for example because the capture lost a packet: what was begun is given up.</summary>
    /// <param name="direction">Which way they went.</param>
    /// <param name="time">When it was noticed.</param>
    /// <param name="length">How many bytes are missing.</param>
    public void Skip(WireDirection direction, DateTimeOffset time, long length)
    {
        if (_readers[(int)direction] is OpaqueReader)
        {
            return;
        }

        var missing = $"{WireText.Bytes(length)} are missing in the capture";
        if (_readers[(int)direction] is WebSocketReader frames)
        {
            // Packets mostly begin with a frame: it goes on where one looks like it.
            var resumes = $"{missing}: what was in them is not shown.";
            _connection.Add(WireLayer.WebSocket, direction, time, "gap", resumes, error: resumes);
            _inputs[(int)direction].Clear();
            frames.LoseTrack();
            return;
        }

        var error = $"{missing}: what follows in this direction cannot be understood.";
        _connection.Add(WireLayer.Http, direction, time, "gap", error, error: error);
        Ignore(direction);
    }

    /// <summary>Notes that no more bytes will come in this direction.</summary>
    /// <param name="direction">The direction.</param>
    /// <param name="time">When it ended.</param>
    public void End(WireDirection direction, DateTimeOffset time) => _readers[(int)direction].End(_inputs[(int)direction], time);

    /// <summary>The handshake is done: both directions speak WebSocket now.</summary>
    internal void Become(WebSocketConversation conversation)
    {
        _readers[(int)WireDirection.ToServer] = conversation.CreateReader(WireDirection.ToServer);
        _readers[(int)WireDirection.ToClient] = conversation.CreateReader(WireDirection.ToClient);
    }

    internal void Ignore(WireDirection direction) => _readers[(int)direction] = OpaqueReader.Instance;

    private void Read(WireDirection direction, DateTimeOffset time)
    {
        var other = direction == WireDirection.ToServer ? WireDirection.ToClient : WireDirection.ToServer;
        while (_readers[(int)direction].Read(_inputs[(int)direction], time))
        {
            // What the client sent while it waited for the answer to its upgrade can be read now: as frames, or as HTTP.
            while (direction == WireDirection.ToClient && _readers[(int)other].Read(_inputs[(int)other], time))
            {
            }
        }
    }
}
