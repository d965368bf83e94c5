using System.Buffers;
using NATS.Client.Core;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>The settings of the NATS engine and its emitter. There is no official adapter for NATS: all nodes and emitters are Sockeye's, and need the same prefix.</summary>
public sealed class NatsOptions : ClusterEngineOptions
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" \t\r\n*>");

    /// <summary>What the subjects begin with: <c>socket.io.Lw</c>. Default "socket.io". At most 128 characters of ASCII, without spaces, "*" and "&gt;".</summary>
    public string SubjectPrefix { get; set; } = "socket.io";

    /// <summary>Changes how NATS is connected to: TLS, credentials, names. Gets what the engine would take. Default none.</summary>
    public Func<NatsOpts, NatsOpts>? ConfigureConnection { get; set; }

    /// <summary>Throws where these cannot be kept to.</summary>
    internal NatsOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(SubjectPrefix);
        if (SubjectPrefix.Length > 128 || SubjectPrefix.AsSpan().ContainsAny(Forbidden) || !System.Text.Ascii.IsValid(SubjectPrefix) || SubjectPrefix.Split('.').Any(static token => token.Length == 0))
        {
            throw new ArgumentException($"Not the beginning of a subject: \"{SubjectPrefix}\".");
        }

        ToSettings();
        return this;
    }
}
