namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ServerSocket
{
    /// <summary>Joins rooms; a room begins to exist with its first socket. A socket that has ended, or whose connection a middleware refused, is in no room and joins none;
    /// if its client may be recovered, or has been, the recovered socket joins in its place.</summary>
    public Task JoinAsync(params ReadOnlySpan<string> rooms)
    {
        foreach (var room in rooms)
        {
            ArgumentNullException.ThrowIfNull(room, nameof(rooms));
            Namespace.Adapter.Join(this, room);
        }

        return Task.CompletedTask;
    }

    /// <summary>Leaves rooms.</summary>
    public Task LeaveAsync(params ReadOnlySpan<string> rooms)
    {
        foreach (var room in rooms)
        {
            ArgumentNullException.ThrowIfNull(room, nameof(rooms));
            Namespace.Adapter.Leave(this, room);
        }

        return Task.CompletedTask;
    }

    /// <summary>Leaves all rooms, that of its own id too: only broadcasts to everyone reach it then.</summary>
    public Task LeaveAllAsync()
    {
        Namespace.Adapter.LeaveAll(this);
        return Task.CompletedTask;
    }
}
