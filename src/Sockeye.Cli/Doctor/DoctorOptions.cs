using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Cli.Doctor;

/// <summary>What the doctor is asked to look at, beyond the server's address.</summary>
internal sealed record DoctorOptions
{
    /// <summary>The origin of the pages that will connect. Null: no pages, no CORS.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether those pages send cookies (<c>withCredentials</c>).</summary>
    public bool Credentials { get; init; }

    /// <summary>The Engine.IO revision of the clients: 4, or 3 for those of Socket.IO 2.</summary>
    public int Revision { get; init; } = 4;

    /// <summary>How many handshakes are made to see whether each session's requests reach the server that has it.</summary>
    public int Handshakes { get; init; } = 5;

    /// <summary>How long a silent connection is watched. Null: until the first ping, where that is near.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>The event to send, with an acknowledgement asked for.</summary>
    public string? Event { get; init; }

    /// <summary>The event's arguments, each as JSON.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Certificate authorities to trust in place of the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }
}
