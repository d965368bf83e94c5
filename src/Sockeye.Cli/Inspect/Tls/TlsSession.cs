using Sockeye.Wire;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>What both directions of a TLS connection have in common: what the handshake agreed on, and the secrets.</summary>
internal sealed class TlsSession(WireConnection wire, KeyLog keys)
{
    private byte[]? _clientRandom;
    private byte[]? _serverRandom;
    private bool _hasSaidMissing;

    public WireConnection Wire { get; } = wire;

    public int Version { get; private set; }

    public bool IsTls13 => Version == 0x0304;

    public CipherSuite? Suite { get; private set; }

    /// <summary>Takes note of what a hello says.</summary>
    public void Heed(HandshakeMessage message)
    {
        if (message.Type == HandshakeMessage.ClientHello)
        {
            _clientRandom = message.Random;
        }
        else if (message.Type == HandshakeMessage.ServerHello && !message.IsRetryRequest)
        {
            _serverRandom = message.Random;
            Version = message.Version;
            Suite = CipherSuite.Of(message.Suite);
        }
    }

    /// <summary>The keys of a direction for a phase of the connection, if the key log has them.</summary>
    public RecordKeys? Find(WireDirection direction, bool isHandshake)
    {
        if (_clientRandom is null || Suite is not { CanDecrypt: true } suite)
        {
            return null;
        }

        var isClient = direction == WireDirection.ToServer;
        if (!IsTls13)
        {
            return _serverRandom is not null && keys.Find(KeyLog.Master, _clientRandom, KeyLog.MasterLength) is { } master
                ? RecordKeys.FromMasterSecret(suite, master, _clientRandom, _serverRandom, isClient)
                : null;
        }

        var side = isClient ? "CLIENT" : "SERVER";
        return keys.Find(isHandshake ? $"{side}_HANDSHAKE_TRAFFIC_SECRET" : $"{side}_TRAFFIC_SECRET_0", _clientRandom, suite.HashLength) is { } secret ? RecordKeys.FromTrafficSecret(suite, secret) : null;
    }

    /// <summary>Says once per connection why its records stay closed.</summary>
    public void SayMissing(WireDirection direction, DateTimeOffset time)
    {
        if (_hasSaidMissing)
        {
            return;
        }

        _hasSaidMissing = true;
        var why = _clientRandom is null || _serverRandom is null ? "The handshake of this connection is not in the capture, so no keys fit it: start the capture before the connection."
            : Suite is { CanDecrypt: false } ? $"This tool cannot decrypt {Suite.Name}: AES-GCM and ChaCha20-Poly1305 only."
            : keys.HasFile ? "The key log has no secrets of this connection: it was written by another process, or before."
            : "What is inside stays closed without the keys: give a key log with --keylog FILE (node --tls-keylog=FILE; for browsers and curl SSLKEYLOGFILE=FILE in their environment).";
        Wire.Add(WireLayer.Tls, direction, time, "encrypted", why);
    }
}
