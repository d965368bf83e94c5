using System.Buffers.Text;
using System.Text;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>The subject of a namespace, <c>socket.io.Lw</c> for "/", and that of a node in it, for answers: <c>socket.io.Lw.0123456789abcdef</c>. The name is base64url: spaces, dots and "*" mean something in subjects.</summary>
internal static class NatsSubject
{
    // The server ends a link whose line is longer than 4096 bytes by default; the line has more in it.
    private const int MaxLength = 2048;

    /// <exception cref="ClusterException">The namespace's name is too long.</exception>
    public static string Of(string prefix, string ns)
    {
        var subject = $"{prefix}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(ns))}";
        return subject.Length > MaxLength ? throw new ClusterException($"NATS can have no subject for a namespace of {ns.Length} characters: at most {MaxLength} bytes.") : subject;
    }

    /// <summary>A message of another node says who asked; only a plain name gets an answer of its own, everything else goes to all.</summary>
    public static string Of(string prefix, string ns, string? recipient) =>
        recipient is { Length: > 0 and <= 64 } && recipient.All(char.IsAsciiLetterOrDigit) ? $"{Of(prefix, ns)}.{recipient}" : Of(prefix, ns);
}
