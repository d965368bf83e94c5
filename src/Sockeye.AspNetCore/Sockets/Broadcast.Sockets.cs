using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class Broadcast
{
    /// <summary>The sockets that a message would reach, of all servers.</summary>
    /// <exception cref="ClusterTimeoutException">Not all servers answered in time (<see cref="Timeout"/>; default 5 s).</exception>
    public Task<IReadOnlyList<RemoteSocket>> FetchSocketsAsync() =>
        IsHere ? Task.FromResult<IReadOnlyList<RemoteSocket>>(FindHere()) : ClusterAnswersStrict.AllAsync(TryFetchSocketsAsync());

    /// <summary>As <see cref="FetchSocketsAsync"/>, but gives what came in time, and says which servers did not answer and why.</summary>
    public async Task<ClusterAnswers<RemoteSocket>> TryFetchSocketsAsync()
    {
        var found = FindHere();
        if (IsHere)
        {
            return new ClusterAnswers<RemoteSocket>(found, []);
        }

        var target = new ClusterTarget(_rooms, _except) { Timeout = Flags.Timeout };
        var answers = await Task.WhenAll(_scope.Targets.Where(static ns => ns.Cluster is not null)
            .Select(ns => ns.Cluster!.FetchSocketsAsync(target, socket => new RemoteSocket(ns, socket), Flags.Timeout))).ConfigureAwait(false);
        return new ClusterAnswers<RemoteSocket>([.. found, .. answers.SelectMany(static answer => answer.Received)], [.. answers.SelectMany(static answer => answer.MissingNodes)]);
    }

    /// <summary>The ids of the sockets that a message would reach. Deprecated by the official server in favour of <see cref="FetchSocketsAsync"/>, which tells more.</summary>
    public async Task<IReadOnlySet<string>> AllSocketsAsync()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var socket in await FetchSocketsAsync().ConfigureAwait(false))
        {
            found.Add(socket.Id);
        }

        return found;
    }

    /// <summary>Makes these sockets join rooms. Those of this server are in them at once, those of others as soon as their servers have heard it.</summary>
    /// <exception cref="ClusterException">The other servers did not get it.</exception>
    public Task SocketsJoinAsync(params ReadOnlySpan<string> rooms) => ForAll(
        rooms.ToArray(), static (socket, rooms) => socket.JoinAsync(rooms), static (cluster, target, rooms) => cluster.SocketsJoinAsync(target, rooms));

    /// <summary>Makes these sockets leave rooms; see <see cref="SocketsJoinAsync"/>.</summary>
    /// <exception cref="ClusterException">The other servers did not get it.</exception>
    public Task SocketsLeaveAsync(params ReadOnlySpan<string> rooms) => ForAll(
        rooms.ToArray(), static (socket, rooms) => socket.LeaveAsync(rooms), static (cluster, target, rooms) => cluster.SocketsLeaveAsync(target, rooms));

    /// <summary>Disconnects these sockets, as <see cref="ServerSocket.Disconnect"/>; with <paramref name="close"/> their connections too. What was emitted before arrives before.</summary>
    /// <exception cref="ClusterException">The other servers did not get it.</exception>
    public Task DisconnectSocketsAsync(bool close = false) => ForAll(
        close, static (socket, close) => socket.Disconnect(close), static (cluster, target, close) => cluster.DisconnectSocketsAsync(target, close));

    /// <summary>Whether no other server is asked.</summary>
    private bool IsHere => Flags.Local || _scope.Targets is not { Length: > 0 } targets || targets[0].Cluster is null;

    private List<RemoteSocket> FindHere()
    {
        var found = new List<RemoteSocket>();
        ForEach(found, static (socket, found) => found.Add(new RemoteSocket(socket)));
        return found;
    }

    private Task ForAll<TState>(TState state, Action<ServerSocket, TState> here, Func<ClusterAdapter, ClusterTarget, TState, Task> elsewhere)
    {
        Task[] published = IsHere ? [] : [.. _scope.Targets.Where(static ns => ns.Cluster is not null).Select(ns => elsewhere(ns.Cluster!, new ClusterTarget(_rooms, _except), state))];
        ForEach(state, here);
        return published.Length == 0 ? Task.CompletedTask : Task.WhenAll(published);
    }

    private void ForEach<TState>(TState state, Action<ServerSocket, TState> action)
    {
        foreach (var target in _scope.Targets)
        {
            using var recipients = target.Adapter.Select(_rooms, _except);
            foreach (var socket in recipients.Sockets)
            {
                action(socket, state);
            }
        }
    }
}
