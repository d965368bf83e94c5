using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>How something is sent. Immutable; the default is the official one.</summary>
/// <param name="Volatile">May be lost: dropped, with its attachments, when the connection cannot take it right now.</param>
/// <param name="NoCompress">Left out of compression.</param>
/// <param name="Local">This server only.</param>
/// <param name="Timeout">How long to wait for acks; null: the server's default.</param>
/// <param name="Single">One ack is enough: there is one receiver, on some server.</param>
internal readonly record struct EmitFlags(bool Volatile = false, bool NoCompress = false, bool Local = false, TimeSpan? Timeout = null, bool Single = false)
{
    /// <summary>As long as any time of the options may be; timers cannot count much further.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(20);

    public static bool IsTimeout(TimeSpan timeout) => (timeout >= TimeSpan.Zero && timeout <= MaxTimeout) || timeout == System.Threading.Timeout.InfiniteTimeSpan;

    public static void CheckTimeout(TimeSpan timeout)
    {
        if (!IsTimeout(timeout))
        {
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A timeout is zero to 20 days; Timeout.InfiniteTimeSpan waits until the socket disconnects.");
        }
    }

    /// <summary>Throws for a name that servers do not send one another, with the official text.</summary>
    public static void CheckServerSideName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is "connect" or "connection" or "new_namespace")
        {
            throw new ArgumentException($"\"{name}\" is a reserved event name");
        }
    }

    /// <summary>Throws for a name that the library itself uses, with the official text.</summary>
    public static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (PacketCodec.IsReservedEventName(name))
        {
            throw new ArgumentException($"\"{name}\" is a reserved event name");
        }
    }
}
