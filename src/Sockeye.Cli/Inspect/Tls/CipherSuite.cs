using System.Net.Security;
using System.Security.Cryptography;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>What a cipher suite means for one who has its secrets.</summary>
/// <param name="Name">Its name in the registry.</param>
/// <param name="KeyLength">The length of its keys in bytes; zero where this tool cannot decrypt it.</param>
/// <param name="IsChaCha">ChaCha20-Poly1305; else AES-GCM.</param>
/// <param name="Hash">The hash of its key derivation.</param>
internal sealed record CipherSuite(string Name, int KeyLength, bool IsChaCha, HashAlgorithmName Hash)
{
    public bool CanDecrypt => KeyLength > 0 && (!IsChaCha || ChaCha20Poly1305.IsSupported);

    /// <summary>The length of the hash, and so of the traffic secrets (RFC 8446 §7.1).</summary>
    public int HashLength => Hash == HashAlgorithmName.SHA384 ? 48 : 32;

    public static CipherSuite Of(ushort id)
    {
        var suite = (TlsCipherSuite)id;
        var name = Enum.IsDefined(suite) ? suite.ToString() : $"0x{id:x4}";
        var chaCha = name.Contains("CHACHA20_POLY1305", StringComparison.Ordinal);
        var length = chaCha || name.Contains("AES_256_GCM", StringComparison.Ordinal) ? 32 : name.Contains("AES_128_GCM", StringComparison.Ordinal) ? 16 : 0;
        return new(name, length, chaCha, name.EndsWith("SHA384", StringComparison.Ordinal) ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);
    }
}
