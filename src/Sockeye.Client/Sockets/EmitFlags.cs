using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

/// <summary>How one event is sent.</summary>
/// <param name="Volatile">It may be lost.</param>
/// <param name="NoCompress">Not compressed, whatever the transport could do.</param>
/// <param name="Timeout">How long to wait for the ack; null: the socket's default.</param>
internal readonly record struct EmitFlags(bool Volatile = false, bool NoCompress = false, TimeSpan? Timeout = null)
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

    /// <summary>Throws for a name that the library itself uses, with the official text.</summary>
    public static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (PacketCodec.IsReservedEventName(name.AsSpan()))
        {
            throw new ArgumentException($"\"{name}\" is a reserved event name");
        }
    }
}
