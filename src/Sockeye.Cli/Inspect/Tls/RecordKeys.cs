using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>The keys of one direction, and how many records they have opened.</summary>
internal sealed class RecordKeys
{
    private const int TagLength = 16;

    private readonly CipherSuite _suite;
    private readonly byte[] _key;
    private readonly byte[] _iv;
    private readonly byte[]? _secret;

    private RecordKeys(CipherSuite suite, byte[] key, byte[] iv, byte[]? secret) => (_suite, _key, _iv, _secret) = (suite, key, iv, secret);

    /// <summary>The number of the next record.</summary>
    public ulong Sequence { get; set; }

    private bool IsTls13 => _secret is not null;

    /// <summary>Keys of TLS 1.3, from a traffic secret (RFC 8446 §7.3).</summary>
    public static RecordKeys FromTrafficSecret(CipherSuite suite, byte[] secret) =>
        new(suite, Expand(suite, secret, "key", suite.KeyLength), Expand(suite, secret, "iv", 12), secret);

    /// <summary>Keys of TLS 1.2, from the master secret (RFC 5246 §6.3): of the client, or of the server.</summary>
    public static RecordKeys FromMasterSecret(CipherSuite suite, byte[] master, byte[] clientRandom, byte[] serverRandom, bool isClient)
    {
        // AEAD suites have no MAC keys. GCM's nonce begins with 4 secret bytes (RFC 5288 §3), ChaCha's is 12 (RFC 7905 §2).
        var iv = suite.IsChaCha ? 12 : 4;
        var block = Prf(suite.Hash, master, [.. "key expansion"u8, .. serverRandom, .. clientRandom], 2 * (suite.KeyLength + iv));
        var key = isClient ? block[..suite.KeyLength] : block[suite.KeyLength..(2 * suite.KeyLength)];
        var ivs = block[(2 * suite.KeyLength)..];
        return new(suite, key, isClient ? ivs[..iv] : ivs[iv..], null);
    }

    /// <summary>The keys after a KeyUpdate (RFC 8446 §7.2).</summary>
    public RecordKeys Updated() => FromTrafficSecret(_suite, Expand(_suite, _secret!, "traffic upd", _secret!.Length));

    /// <summary>Opens a record. Null where its tag says that it is not what was sent with these keys at this place.</summary>
    /// <param name="record">The record, with its header of 5 bytes.</param>
    /// <param name="sequence">Its number.</param>
    public byte[]? Open(ReadOnlySpan<byte> record, ulong sequence)
    {
        var body = record[5..];
        Span<byte> nonce = stackalloc byte[12];
        if (!IsTls13 && !_suite.IsChaCha)
        {
            if (body.Length < 8)
            {
                return null;
            }

            _iv.CopyTo(nonce);
            body[..8].CopyTo(nonce[4..]);
            body = body[8..];
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], sequence);
            for (var i = 0; i < nonce.Length; i++)
            {
                nonce[i] ^= _iv[i];
            }
        }

        if (body.Length < TagLength)
        {
            return null;
        }

        Span<byte> associated = stackalloc byte[13];
        if (IsTls13)
        {
            record[..5].CopyTo(associated);
            associated = associated[..5];
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(associated, sequence);
            record[..3].CopyTo(associated[8..]);
            BinaryPrimitives.WriteUInt16BigEndian(associated[11..], (ushort)(body.Length - TagLength));
        }

        return Open(nonce, body[..^TagLength], body[^TagLength..], associated);
    }

    private byte[]? Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated)
    {
        var plain = new byte[encrypted.Length];
        try
        {
            if (_suite.IsChaCha)
            {
                using var chaCha = new ChaCha20Poly1305(_key);
                chaCha.Decrypt(nonce, encrypted, tag, plain, associated);
            }
            else
            {
                using var gcm = new AesGcm(_key, TagLength);
                gcm.Decrypt(nonce, encrypted, tag, plain, associated);
            }

            return plain;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // HKDF-Expand-Label (RFC 8446 §7.1), without a context.
    private static byte[] Expand(CipherSuite suite, byte[] secret, string label, int length)
    {
        byte[] info = [(byte)(length >> 8), (byte)length, (byte)(6 + label.Length), .. "tls13 "u8, .. Encoding.ASCII.GetBytes(label), 0];
        return HKDF.Expand(suite.Hash, secret, length, info);
    }

    // P_hash (RFC 5246 §5).
    private static byte[] Prf(HashAlgorithmName hash, byte[] secret, byte[] seed, int length)
    {
        List<byte> output = [];
        for (var a = Hmac(hash, secret, seed); output.Count < length; a = Hmac(hash, secret, a))
        {
            output.AddRange(Hmac(hash, secret, [.. a, .. seed]));
        }

        return [.. output[..length]];
    }

    private static byte[] Hmac(HashAlgorithmName hash, byte[] key, byte[] data) => hash == HashAlgorithmName.SHA384 ? HMACSHA384.HashData(key, data) : HMACSHA256.HashData(key, data);
}
