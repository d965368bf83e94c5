using System.Threading.Channels;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests;

public abstract partial class EngineSpecification
{
    [Fact]
    public async Task SIOA_C_24_RA_22_RS_23_An_event_for_the_other_servers_reaches_them_and_not_this_one()
    {
        var heard = Channel.CreateUnbounded<string>();
        for (var i = 0; i < Nodes.Length; i++)
        {
            var id = i;
            Nodes[i].Io.OnServerEvent("hello", (PacketArguments arguments) =>
            {
                heard.Writer.TryWrite($"{id} {arguments.GetElement(0)} {arguments.GetElement(1)} {(arguments.TryGetBinary(2, out var data) ? data!.Length : -1)}");
            });
        }

        await Io.ServerSideEmitAsync("hello", "world", 1, new byte[] { 1, 2 });
        string[] lines = [await heard.Reader.ReadAsync(Cancellation).AsTask().Within("the first"), await heard.Reader.ReadAsync(Cancellation).AsTask().Within("the second")];
        Assert.Equal(["1 world 1 2", "2 world 1 2"], lines.Order());
        await ExpectEndAsync();
        Assert.False(heard.Reader.TryRead(out _));
    }

    [Fact]
    public async Task SIOA_C_25_RA_23_RS_24_The_other_servers_answer()
    {
        Io.OnServerEvent("hello", (PacketArguments _) => 1);
        Nodes[1].Io.OnServerEvent("hello", (PacketArguments _) => 2);
        Nodes[2].Io.OnServerEvent("hello", async (string name) =>
        {
            await Task.Yield();
            return $"3 {name}";
        });
        var answers = await Io.ServerSideEmitWithAckAsync<System.Text.Json.JsonElement>("hello", ["you"], Cancellation).Within("the answers");
        Assert.Equal(["2", "3 you"], answers.Select(answer => answer.ToString()).Order());
    }

    [Fact]
    public async Task SIOA_C_26_RA_24_RS_25_A_silent_server_is_a_timeout_and_the_partial_form_says_who()
    {
        var never = new TaskCompletionSource<int>();
        Nodes[1].Io.OnServerEvent("hello", (PacketArguments _) => 2);
        Nodes[2].Io.OnServerEvent("hello", (PacketArguments _) => never.Task);
        var some = Io.TryServerSideEmitWithAckAsync<int>("hello", [], Cancellation);
        var error = await Assert.ThrowsAsync<ClusterTimeoutException>(() => Io.ServerSideEmitWithAckAsync<int>("hello", [], Cancellation).Within("the timeout"));
        Assert.Equal("timeout reached: missing 1 responses", error.Message);
        var answers = await some.Within("what came");
        Assert.Equal([2], answers.Received);
        Assert.Equal(MissingReason.TimedOut, Assert.Single(answers.MissingNodes).Reason);
        Assert.Equal(Nodes[2].Io.Node!.Uid, answers.MissingNodes[0].Uid);
    }

    [Fact]
    public async Task SIOA_C_27_RS_26_A_server_that_leaves_counts_as_one_that_has_answered()
    {
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<int>();
        Nodes[1].Io.OnServerEvent("hello", (PacketArguments _) => 2);
        Nodes[2].Io.OnServerEvent("hello", (PacketArguments _) =>
        {
            asked.TrySetResult();
            return never.Task;
        });
        var strict = Io.ServerSideEmitWithAckAsync<int>("hello", [], Cancellation);
        await asked.Task.Within("the question to arrive");
        await Nodes[2].StopAsync();
        Assert.Equal([2], await strict.Within("the answers"));
        await Waiting.UntilAsync(async () => await Io.ServerCountAsync() == 2, "the server to be gone");
    }

    [Fact]
    public async Task SIOA_C_27_Who_has_left_is_not_awaited_although_the_engine_still_counts_it()
    {
        await using var gone = await FakeNode.JoinAsync(AddEngine);
        await KnowEachOtherAsync(4, "/");
        // Its subscriptions stay, as those of a machine that is gone do for minutes.
        await gone.SendAsync(ClusterMessageType.AdapterClose);
        await KnowEachOtherAsync(3, "/");
        Assert.Equal(3, (await Io.FetchSocketsAsync().Within("the sockets")).Count);
    }
}
