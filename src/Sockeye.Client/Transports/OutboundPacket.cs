using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Transports;

/// <summary>One Engine.IO packet on its way out.</summary>
/// <param name="Type">The type.</param>
/// <param name="IsBinary">Whether the data are binary (then the type is a message).</param>
/// <param name="Compress">Whether it may be compressed.</param>
/// <param name="Data">The data, which nobody changes any more.</param>
internal readonly record struct OutboundPacket(EnginePacketType Type, bool IsBinary, bool Compress, ReadOnlyMemory<byte> Data)
{
    /// <summary>What a packet costs in the queue beyond its data.</summary>
    public const int Overhead = 16;

    /// <summary>What it counts for in the queue's bound.</summary>
    public int Size => Data.Length + Overhead;
}

/// <summary>The packets that wait for the network, in order. Not thread-safe.</summary>
internal sealed class OutboundQueue
{
    /// <summary>The most packets of a payload that python-engineio decodes; the official client puts any number into one, and loses its connection there.</summary>
    private const int MaxPayloadPackets = 16;

    // The default of engine.io from 3.6 on.
    private const long UsualMaxPayload = 1_000_000;

    // Ten digits, a colon, the mark of base64 and the type; and one more, since the first packet counts one less.
    private const int HeaderV3 = 15;

    private readonly Queue<OutboundPacket> _packets = new();

    public bool IsEmpty => _packets.Count == 0;

    public void Add(OutboundPacket packet) => _packets.Enqueue(packet);

    public void Clear() => _packets.Clear();

    /// <summary>Moves everything to the batch.</summary>
    public void TakeAll(List<OutboundPacket> batch)
    {
        while (_packets.TryDequeue(out var packet))
        {
            batch.Add(packet);
        }
    }

    /// <summary>
    /// Moves to the batch what fits into one POST, as the official client counts: 1 + the bytes + 2 for each further packet. Binary data count as their base64; the official client takes
    /// them 1.33 times, which is too little, and has large batches refused; at most 16. The first packet goes in any case: alone if it is too large, for the server to say so.
    /// </summary>
    /// <param name="batch">Where to.</param>
    /// <param name="maxPayload">The server's limit; 0 where it has not said one, as servers of revision 3, which have one nevertheless.</param>
    /// <param name="protocol">The revision, which decides what stands between packets.</param>
    public void TakePayload(List<OutboundPacket> batch, long maxPayload, int protocol = 4)
    {
        var overhead = protocol == 3 ? HeaderV3 : 2;
        if (maxPayload == 0 && protocol == 3)
        {
            maxPayload = UsualMaxPayload;
        }

        var size = overhead - 1L;
        while (batch.Count < MaxPayloadPackets && _packets.TryPeek(out var packet))
        {
            size += packet.IsBinary ? (packet.Data.Length + 2L) / 3 * 4 : packet.Data.Length;
            if (maxPayload > 0 && batch.Count > 0 && size > maxPayload)
            {
                return;
            }

            batch.Add(_packets.Dequeue());
            size += overhead;
        }
    }
}
