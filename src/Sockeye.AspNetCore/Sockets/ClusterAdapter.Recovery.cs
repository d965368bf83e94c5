using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What connection state recovery needs of the other nodes.</summary>
internal sealed partial class ClusterAdapter
{
    /// <summary>An event for the servers, as any other to those under Node, which pass over it: <c>["sockeye:release","pid","hash of the user"]</c>.</summary>
    private const string ReleaseEvent = "sockeye:release";

    /// <summary>Strangers may ask for sockets as often as they like, but not all at once.</summary>
    private const int MaxReleases = 100;

    private int _releases;

    /// <summary>Completes when the event is in the log, and the clients here have it.</summary>
    public async Task BroadcastByLogAsync(SharedLog log, PacketData packet, ClusterTarget target)
    {
        var offset = await PublishAsync(Create(ClusterMessageType.Broadcast) with { Packet = packet, Target = target }).ConfigureAwait(false);
        if (offset is not null)
        {
            // If it does not come back in time it still will: the log has it.
            await log.DeliveredAsync(offset, _node.Settings.RequestsTimeout).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks the nodes that are known by name to let go of a socket whose connection they take for alive. Null: none has it; else what came of it, see <see cref="Released"/>.
    /// </summary>
    public async Task<string?> ReleaseAsync(string pid, RecoveryUser user, TimeSpan patience)
    {
        if (Interlocked.Increment(ref _releases) > MaxReleases)
        {
            Interlocked.Decrement(ref _releases);
            return null;
        }

        try
        {
            var packet = _namespace.Format.WriteEvent(ReleaseEvent, [pid, user.ToHash()]);
            var reader = new ArgumentReader<string?>(_namespace.Format);
            var call = Begin(answer => reader.Read(answer, 0), null, isSingle: false, out var id);
            await PublishAsync(Create(ClusterMessageType.ServerSideEmit) with { Packet = packet, RequestId = id }).ConfigureAwait(false);
            // Those without heartbeats are servers under Node, which do not answer this.
            call.Count(0, []);
            call.Watch(_node.Server.Time, patience, CancellationToken.None);
            var answers = await call.Task.ConfigureAwait(false);
            return answers.Received.FirstOrDefault(static answer => answer is not null);
        }
        finally
        {
            Interlocked.Decrement(ref _releases);
        }
    }

    private async Task AnswerReleaseAsync(ClusterMessage question, PacketArguments arguments)
    {
        string? result = null;
        try
        {
            var reader = new ArgumentReader<string?>(_namespace.Format);
            if (reader.Read(arguments, 0) is { } pid && _namespace.SharedLog is { } log)
            {
                result = await log.ReleaseAsync(pid, reader.Read(arguments, 1)).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            _namespace.Server.Log.ClusterMessageFailed(question.Type, question.Uid, _namespace.Name, e);
        }

        if (question.RequestId is not null)
        {
            await TryPublishAsync(Answer(question, ClusterMessageType.ServerSideEmitResponse) with { Packet = _namespace.Format.WriteAnswer(result) }).ConfigureAwait(false);
        }
    }

    /// <summary>The answers to <see cref="ReleaseAsync"/>.</summary>
    public static class Released
    {
        /// <summary>It is where all nodes find it.</summary>
        public const string Done = "released";

        /// <summary>It belongs to somebody else.</summary>
        public const string UserChanged = "user changed";

        /// <summary>Its handlers have not finished.</summary>
        public const string StillEnding = "still ending";
    }
}
