using System.Threading.Channels;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Adapters.Tests;

public abstract partial class EngineSpecification
{
    [Fact]
    public async Task Who_is_where_is_known_on_all_servers_also_on_one_that_comes_later()
    {
        var (first, second) = (await StartPresentNodeAsync(), await StartPresentNodeAsync());
        var changes = Channel.CreateUnbounded<string>();
        second.Io.Presence.OnUserJoined(change => changes.Writer.TryWrite($"{change.User} joined {change.Room ?? "/"}"));
        second.Io.Presence.OnUserLeft(change => changes.Writer.TryWrite($"{change.User} left {change.Room ?? "/"}"));
        var client = await ConnectAsync(first);
        await first.Io.Namespace("/").FindSocket(client.Id)!.JoinAsync("room");
        await ChangesAsync(["ada joined /", "ada joined room"]);
        Assert.Equal(["ada"], second.Io.Presence.Users("room"));

        var third = await StartPresentNodeAsync();
        await Waiting.UntilAsync(() => Task.FromResult(third.Io.Presence.IsPresent("ada", "room")), "the third to know what was before it");
        var again = await ConnectAsync(third);
        await Waiting.UntilAsync(() => Task.FromResult(second.Io.Presence.IsPresent("ada") && third.Io.Presence.Count() == 1), "the second socket");
        await client.DisposeAsync();
        await ChangesAsync(["ada left room"]);
        await again.DisposeAsync();
        await ChangesAsync(["ada left /"]);
        await Waiting.UntilAsync(() => Task.FromResult(first.Io.Presence.Count() + third.Io.Presence.Count() == 0), "all to know");

        async Task ChangesAsync(string[] expected)
        {
            var told = new List<string>();
            while (told.Count < expected.Length)
            {
                told.Add(await changes.Reader.ReadAsync(Cancellation).AsTask().Within(string.Join(", ", expected)));
            }

            Assert.Equal(expected, told.Order());
        }
    }

    private async Task<Node> StartPresentNodeAsync()
    {
        var node = await Node.StartAsync(AddEngine, options: static options => options.Presence = new PresenceOptions { Grace = TimeSpan.Zero, User = static _ => "ada" });
        _started.Add(node);
        return node;
    }
}
