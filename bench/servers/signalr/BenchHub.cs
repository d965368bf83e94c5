using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;

namespace Sockeye.BenchServer.SignalR;

[SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "Methods of a hub are called on its instance.")]
internal sealed class BenchHub : Hub
{
    [HubMethodName("echo")]
    public string Echo(string text) => text;

    [HubMethodName("echo-binary")]
    public byte[] EchoBinary(byte[] bytes) => bytes;

    [HubMethodName("broadcast")]
    public Task BroadcastAsync(string text) => Clients.All.SendAsync("message", text);

    [HubMethodName("room")]
    public Task RoomAsync(string room, string text) => Clients.Group(room).SendAsync("message", text);

    [HubMethodName("join")]
    public async Task<string> JoinAsync(string room)
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, room);
        return room;
    }

    [HubMethodName("leave")]
    public async Task<string> LeaveAsync(string room)
    {
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, room);
        return room;
    }

    [HubMethodName("allocated")]
    public long Allocated() => GC.GetTotalAllocatedBytes(precise: true);
}
