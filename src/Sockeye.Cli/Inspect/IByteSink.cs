using Sockeye.Wire;

namespace Sockeye.Cli.Inspect;

/// <summary>A layer that takes the bytes of the layer beneath it, in order.</summary>
internal interface IByteSink
{
    /// <summary>Takes bytes. The carriers are the records that carried them.</summary>
    void Receive(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, int carrier);

    /// <summary>Bytes are missing here.</summary>
    void Skip(WireDirection direction, DateTimeOffset time, long length);

    /// <summary>No more bytes come in this direction.</summary>
    void End(WireDirection direction, DateTimeOffset time);
}

/// <summary>The layers above TCP and TLS.</summary>
internal sealed class DecoderSink(WireDecoder decoder) : IByteSink
{
    public void Receive(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, int carrier) => decoder.Receive(direction, time, data, carrier);

    public void Skip(WireDirection direction, DateTimeOffset time, long length) => decoder.Skip(direction, time, length);

    public void End(WireDirection direction, DateTimeOffset time) => decoder.End(direction, time);
}
