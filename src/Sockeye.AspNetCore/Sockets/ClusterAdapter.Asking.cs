using System.Security.Cryptography;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What this node tells and asks the others. What is sent keeps the order of the calls: nothing is awaited before it is handed to the engine.</summary>
internal sealed partial class ClusterAdapter
{
    public Task BroadcastAsync(PacketData packet, ClusterTarget target) =>
        PublishAsync(Create(ClusterMessageType.Broadcast) with { Packet = packet, Target = target });

    public Task SocketsJoinAsync(ClusterTarget target, string[] rooms) =>
        PublishAsync(Create(ClusterMessageType.SocketsJoin) with { Target = target, Rooms = rooms });

    public Task SocketsLeaveAsync(ClusterTarget target, string[] rooms) =>
        PublishAsync(Create(ClusterMessageType.SocketsLeave) with { Target = target, Rooms = rooms });

    public Task DisconnectSocketsAsync(ClusterTarget target, bool close) =>
        PublishAsync(Create(ClusterMessageType.DisconnectSockets) with { Target = target, Close = close });

    public Task ServerSideEmitAsync(PacketData packet) => PublishAsync(Create(ClusterMessageType.ServerSideEmit) with { Packet = packet });

    /// <summary>The sockets of the other nodes.</summary>
    public Task<ClusterAnswers<T>> FetchSocketsAsync<T>(ClusterTarget target, Func<ClusterSocket, T> read, TimeSpan? timeout) =>
        Ask(Create(ClusterMessageType.FetchSockets) with { Target = target }, Begin(null, read, isSingle: false, out var id), id, timeout, CancellationToken.None);

    /// <summary>What the handlers of the other nodes answer.</summary>
    public Task<ClusterAnswers<T>> ServerSideEmitAsync<T>(PacketData packet, ArgumentReader<T> reader, CancellationToken cancellationToken) =>
        Ask(Create(ClusterMessageType.ServerSideEmit) with { Packet = packet }, Begin(answer => reader.Read(answer, 0), null, isSingle: false, out var id), id, null, cancellationToken);

    /// <summary>What the clients of all nodes acknowledge; those of this node by way of <paramref name="sendHere"/>.</summary>
    public Task<ClusterAnswers<T>> BroadcastWithAckAsync<T>(
        PacketData packet, ClusterTarget target, ArgumentReader<T> reader, Action<string, ClusterCall<T>> sendHere, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var call = Begin(answer => reader.Read(answer, 0), null, target.ExpectSingleResponse, out var id, andSelf: true);
        var answers = Ask(Create(ClusterMessageType.Broadcast) with { Packet = packet, Target = target }, call, id, timeout, cancellationToken);
        sendHere(_node.Uid, call);
        return answers;
    }

    private Task<ClusterAnswers<T>> Ask<T>(ClusterMessage question, ClusterCall<T> call, string id, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var published = PublishAsync(question with { RequestId = id });
        call.Watch(_node.Server.Time, timeout ?? _node.Settings.RequestsTimeout, cancellationToken);
        _ = CountAsync(call, published);
        return call.Task;
    }

    private ClusterCall<T> Begin<T>(Func<PacketArguments, T>? read, Func<ClusterSocket, T>? readSocket, bool isSingle, out string id, bool andSelf = false)
    {
        var requestId = id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        lock (_gate)
        {
            string[] members = andSelf ? [.. _membership.Members, _node.Uid] : [.. _membership.Members];
            var call = new ClusterCall<T>(members, read, readSocket, isSingle, () => Forget(requestId));
            _calls.Add(requestId, call);
            return call;
        }
    }

    private void Forget(string requestId)
    {
        lock (_gate)
        {
            _calls.Remove(requestId);
        }
    }

    private async Task CountAsync<T>(ClusterCall<T> call, Task published)
    {
        try
        {
            await published.ConfigureAwait(false);
            var (strangers, _, known) = await CountOthersAsync().ConfigureAwait(false);
            call.Count(strangers, known);
        }
        catch (ClusterException)
        {
            // Nobody heard the question; it is logged and counted.
            call.End(MissingReason.Unreachable);
        }
        catch (Exception e)
        {
            Failed(Create(ClusterMessageType.FetchSockets), e);
            call.End(MissingReason.Unreachable);
        }
    }
}
