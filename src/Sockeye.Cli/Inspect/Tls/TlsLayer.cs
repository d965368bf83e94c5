using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>
/// TLS between TCP and HTTP, where there is any: makes records of its records and handshake messages, decrypts with a key log (1.2 and 1.3, AES-GCM and ChaCha20-Poly1305), and gives what is
/// inside to the next layer. Without TLS the bytes go through as they are.
/// </summary>
internal sealed class TlsLayer : IByteSink
{
    private readonly TlsStream[] _streams;
    private readonly TlsSession _session;
    private readonly IByteSink _next;

    public TlsLayer(WireConnection wire, KeyLog keys, IByteSink next)
    {
        _next = next;
        _session = new TlsSession(wire, keys);
        _streams = [new(WireDirection.ToServer, _session, next), new(WireDirection.ToClient, _session, next)];
    }

    public void Receive(WireDirection direction, DateTimeOffset time, ReadOnlySpan<byte> data, int carrier)
    {
        var stream = _streams[(int)direction];
        if (stream.IsTls is null && !stream.Decide(data))
        {
            _next.Receive(direction, time, data, carrier);
            NotePlainAnswer(direction, time, carrier);
            return;
        }

        if (stream.IsTls == true)
        {
            stream.Receive(time, data, carrier);
        }
        else
        {
            _next.Receive(direction, time, data, carrier);
        }
    }

    public void Skip(WireDirection direction, DateTimeOffset time, long length)
    {
        var stream = _streams[(int)direction];
        if (stream.IsTls == true)
        {
            stream.Skip(time, length);
        }
        else
        {
            _next.Skip(direction, time, length);
        }
    }

    public void End(WireDirection direction, DateTimeOffset time)
    {
        if (_streams[(int)direction].IsTls == true)
        {
            _streams[(int)direction].End(time);
        }

        _next.End(direction, time);
    }

    private void NotePlainAnswer(WireDirection direction, DateTimeOffset time, int carrier)
    {
        if (direction == WireDirection.ToClient && _streams[(int)WireDirection.ToServer].IsTls == true)
        {
            _session.Wire.Add(
                WireLayer.Tls, direction, time, "no TLS", "The answer to the ClientHello is no TLS.", carriedBy: [carrier],
                error: "The client speaks TLS, the server does not on this port: use http: (ws:) in the URL, or the server's TLS port.");
        }
    }
}
