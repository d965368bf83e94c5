using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class Namespace
{
    /// <summary>As <see cref="EmitWithAcksAsync"/>, but gives what came.</summary>
    internal Task<ClusterAnswers<T>> TryEmitWithAcksAsync<T, TPayload>(
        string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload, CancellationToken cancellationToken)
        where TPayload : IEventPayload, allows ref struct => Cluster is not null && !flags.Local
        ? TryEmitToAllWithAcks<T, TPayload>(Cluster, rooms, except, flags, name, payload, cancellationToken)
        : ClusterAnswersStrict.SomeAcksAsync(EmitWithAcksAsync<T, TPayload>(rooms, except, flags, name, payload, cancellationToken));

    /// <summary>Sends an event that asks for acknowledgements to sockets of this server, for whoever collects them. How many get it is told before the first acknowledgement.</summary>
    internal void EmitHereWithAcks<TPayload>(
        string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload, Action<int> counted, Action<PacketArguments> acknowledged, Action lost)
        where TPayload : IEventPayload, allows ref struct
    {
        var id = NextAckId();
        var message = OutboundMessage.FromPacket(payload.Encode(Format, Name, name, id), !flags.NoCompress);
        using var recipients = Adapter.Select(rooms, except);
        counted(recipients.Count);
        if (recipients.Count == 0)
        {
            return;
        }

        NotifyOutgoing(recipients.Sockets, name, payload);
        var acks = new NodeAcks(id, recipients.Sockets.ToArray(), acknowledged, lost);
        acks.Register();
        Send(recipients.Sockets, message, flags, hasOffset: true);
        acks.Watch(Server.Time, flags.Timeout ?? Server.Options.AckTimeout);
    }

    private static ClusterTarget TargetOf(string[] rooms, string[] except, EmitFlags flags) => rooms.Length == 0 && except.Length == 0 && flags == default
        ? ClusterTarget.Everyone
        : new ClusterTarget(rooms, except)
        {
            Volatile = flags.Volatile,
            Compress = flags.NoCompress ? false : null,
            Timeout = flags.Timeout is { } timeout && timeout != System.Threading.Timeout.InfiniteTimeSpan ? timeout : null,
            ExpectSingleResponse = flags.Single,
        };

    /// <summary>To the other servers, then to the sockets here, whether those can be reached or not. The arguments are serialised once.</summary>
    private Task EmitToAll<TPayload>(ClusterAdapter cluster, string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct
    {
        var written = Write(name, payload);
        var published = cluster.BroadcastAsync(written.Write(Format, name), TargetOf(rooms, except, flags));
        EmitHere(rooms, except, flags, name, written);
        return published;
    }

    private Task<ClusterAnswers<T>> TryEmitToAllWithAcks<T, TPayload>(
        ClusterAdapter cluster, string[] rooms, string[] except, EmitFlags flags, string name, TPayload payload, CancellationToken cancellationToken)
        where TPayload : IEventPayload, allows ref struct
    {
        var written = Write(name, payload);
        var timeout = flags.Timeout ?? Server.Options.AckTimeout;
        return cluster.BroadcastWithAckAsync(
            written.Write(Format, name),
            TargetOf(rooms, except, flags with { Timeout = timeout }),
            new ArgumentReader<T>(Format),
            (self, call) => EmitHereWithAcks(
                rooms, except, flags, name, written, count => call.Report(self, count), answer => call.Add(self, answer), () => call.Lose(self)),
            timeout,
            cancellationToken);
    }

    private WrittenEvent Write<TPayload>(string name, TPayload payload)
        where TPayload : IEventPayload, allows ref struct => new(payload.Write(Format, name), HasOutgoingListeners ? payload.ToObjects() : []);

    private void TellCluster(string room, bool isPrivate) => Cluster?.RoomChanged(room, isPrivate);
}
