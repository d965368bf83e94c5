namespace Sockeye.AspNetCore.Sockets;

public sealed partial class Broadcast
{
    /// <summary>The sockets that a message would reach.</summary>
    public Task<IReadOnlyList<RemoteSocket>> FetchSocketsAsync()
    {
        var found = new List<RemoteSocket>();
        ForEach(found, static (socket, found) => found.Add(new RemoteSocket(socket)));
        return Task.FromResult<IReadOnlyList<RemoteSocket>>(found);
    }

    /// <summary>The ids of the sockets that a message would reach. Deprecated by the official server in favour of <see cref="FetchSocketsAsync"/>, which tells more.</summary>
    public Task<IReadOnlySet<string>> AllSocketsAsync()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        ForEach(found, static (socket, found) => found.Add(socket.Id));
        return Task.FromResult<IReadOnlySet<string>>(found);
    }

    /// <summary>Makes these sockets join rooms.</summary>
    public Task SocketsJoinAsync(params ReadOnlySpan<string> rooms)
    {
        ForEach(rooms.ToArray(), static (socket, rooms) => socket.JoinAsync(rooms));
        return Task.CompletedTask;
    }

    /// <summary>Makes these sockets leave rooms.</summary>
    public Task SocketsLeaveAsync(params ReadOnlySpan<string> rooms)
    {
        ForEach(rooms.ToArray(), static (socket, rooms) => socket.LeaveAsync(rooms));
        return Task.CompletedTask;
    }

    /// <summary>Disconnects these sockets, as <see cref="ServerSocket.Disconnect"/>; with <paramref name="close"/> their connections too. What was emitted before arrives before.</summary>
    public Task DisconnectSocketsAsync(bool close = false)
    {
        ForEach(close, static (socket, close) => socket.Disconnect(close));
        return Task.CompletedTask;
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
