using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class Namespace
{
    /// <summary>What clients may have missed; null where nobody can be recovered.</summary>
    internal RecoveryLog? Log { get; }

    /// <summary>The same where nodes share a log: then that has it.</summary>
    internal SharedLog? SharedLog { get; }

    /// <summary>
    /// Into the log that nodes share, from which it comes to the sockets of all, those here included: one order for everyone. Completes when it has come back, so that what is sent next comes after it.
    /// What the log does not take nobody gets.
    /// </summary>
    internal Task EmitByLog<TPayload>(string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        if (HasOutgoingListeners)
        {
            using var recipients = Adapter.Select(rooms, except);
            NotifyOutgoing(recipients.Sockets, name, payload);
        }

        return Cluster!.BroadcastByLogAsync(SharedLog!, payload.Write(Format, name), TargetOf(rooms, except, flags));
    }

    /// <summary>An event that came by the shared log.</summary>
    internal void EmitLogged(SharedLog log, string offset, bool isOwn, ClusterTarget target, EmitFlags flags, string name, WrittenEvent written)
    {
        if (HasOutgoingListeners && !isOwn)
        {
            using var recipients = Adapter.Select([.. target.Rooms], [.. target.Except]);
            NotifyOutgoing(recipients.Sockets, name, written);
        }

        Server.Metrics.EventsSent(log.Deliver(offset, [.. target.Rooms], [.. target.Except], !flags.NoCompress, name, written));
    }

    private void EmitRecoverable<TPayload>(RecoveryLog log, string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        if (HasOutgoingListeners)
        {
            // A selection of its own: listeners may do what they want, also emit, and must not run while the log is locked.
            using var recipients = Adapter.Select(rooms, except);
            NotifyOutgoing(recipients.Sockets, name, payload);
        }

        Server.Metrics.EventsSent(log.Emit(rooms, except, !flags.NoCompress, name, payload));
    }
}
