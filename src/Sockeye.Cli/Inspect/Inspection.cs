using Sockeye.Cli.Inspect.Capture;
using Sockeye.Cli.Inspect.Tcp;
using Sockeye.Cli.Inspect.Tls;
using Sockeye.Wire;

namespace Sockeye.Cli.Inspect;

/// <summary>Takes packets, and makes connections with their seven layers of them.</summary>
internal sealed class Inspection
{
    /// <summary>What a packet takes beside its bytes, roughly: its records with their fields.</summary>
    public const int PacketCost = 4096;

    // Its streams, decoders and tables.
    private const int ConnectionCost = 8192;

    private readonly int? _port;
    private readonly long _maxBytes;
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private readonly ConnectionTable _table;
    private long _packetBytes;

    /// <param name="keys">The secrets of TLS.</param>
    /// <param name="port">Only connections of this port.</param>
    /// <param name="maxBytes">How much memory all of it may take, roughly, in bytes.</param>
    public Inspection(KeyLog keys, int? port = null, long maxBytes = long.MaxValue)
    {
        _port = port;
        _maxBytes = maxBytes;
        var sessions = new WireSessions();
        _table = new ConnectionTable(wire => new TlsLayer(wire, keys, new DecoderSink(new WireDecoder(wire, sessions))), port);
    }

    public IReadOnlyList<TcpConnection> Connections => _table.All;

    public int Packets { get; private set; }

    /// <summary>How much memory all of it takes, roughly.</summary>
    public long Bytes => _packetBytes + ((long)_table.All.Count * ConnectionCost);

    /// <summary>The packets that are no TCP, by what they are.</summary>
    public IReadOnlyDictionary<string, int> LeftOut => _leftOut;

    /// <summary>Whether there is no room for more.</summary>
    public bool IsFull => Bytes >= _maxBytes;

    /// <summary>Takes a packet.</summary>
    /// <returns>Its connection, or null where it belongs to none that is looked at.</returns>
    public TcpConnection? Add(in CapturedPacket packet)
    {
        Packets++;
        if (PacketParser.Parse(packet, out var reason) is not { } segment)
        {
            _leftOut[reason ?? "unknown"] = _leftOut.GetValueOrDefault(reason ?? "unknown") + 1;
            return null;
        }

        if (_port is { } port && segment.Source.Port != port && segment.Destination.Port != port)
        {
            return null;
        }

        _packetBytes += packet.Data.Length + PacketCost;
        return _table.Add(segment);
    }

    /// <summary>No more packets come.</summary>
    public void Finish() => _table.Finish();

    /// <summary>What was seen so far.</summary>
    public Sighting Seen(string? damage = null) => new(Connections, Packets, LeftOut, damage);
}
