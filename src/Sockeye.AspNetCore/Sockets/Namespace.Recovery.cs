namespace Sockeye.AspNetCore.Sockets;

public sealed partial class Namespace
{
    /// <summary>What clients may have missed; null where nobody can be recovered.</summary>
    internal RecoveryLog? Log { get; }

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
