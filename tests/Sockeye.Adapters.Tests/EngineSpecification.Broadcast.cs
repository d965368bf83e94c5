using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Adapters.Tests;

public abstract partial class EngineSpecification
{
    [Fact]
    public async Task SIOA_C_01_RA_01_RS_01_A_broadcast_reaches_the_clients_of_all_servers_with_its_binary_data()
    {
        await Io.EmitAsync("test", 1, "2", new byte[] { 3, 4 }, new { a = new[] { 5 } });
        foreach (var client in Clients)
        {
            await client.ExpectAsync("""test 1 "2" [0304] {"a":[5]}""");
        }

        await Nodes[2].Io.EmitAsync("back", "é\u2028\"");
        foreach (var client in Clients)
        {
            await client.ExpectAsync("back \"é\u2028\\\"\"");
        }
    }

    [Fact]
    public async Task SIOA_C_02_RA_02_RS_02_A_broadcast_stays_in_its_namespace()
    {
        var custom = await ConnectAsync(Nodes[1], "/custom");
        await Io.Namespace("/custom").EmitAsync("test");
        await custom.ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task SIOA_C_03_RA_03_RS_03_A_broadcast_to_a_room()
    {
        await Sockets[1].JoinAsync("room1");
        await RoomReachesAsync("room1", 1);
        await Io.To("room1").EmitAsync("test");
        await Clients[1].ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task SIOA_C_04_RA_04_RS_04_A_broadcast_to_all_but_a_room()
    {
        await Sockets[1].JoinAsync("room1");
        await Io.Except("room1").EmitAsync("test");
        await Clients[0].ExpectAsync("test");
        await Clients[2].ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task RA_05_A_client_in_several_rooms_gets_it_once()
    {
        await Sockets[0].JoinAsync("room1");
        await Sockets[1].JoinAsync("room1", "room2");
        await Sockets[2].JoinAsync("room1", "room3");
        await Io.To("room1").To("room2").Except("room3").EmitAsync("test");
        await Clients[0].ExpectAsync("test");
        await Clients[1].ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task SIOA_C_05_RA_06_RS_05_Local_stays_on_this_server()
    {
        await Io.Local.EmitAsync("test");
        await Clients[0].ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task RA_07_A_broadcast_to_one_client_by_its_id()
    {
        await Io.To(Clients[2].Id).EmitAsync("test");
        await Clients[2].ExpectAsync("test");
        await ExpectEndAsync();
    }

    [Fact]
    public async Task A_socket_broadcasts_to_all_but_itself()
    {
        await Sockets[1].Broadcast.EmitAsync("test");
        await Clients[0].ExpectAsync("test");
        await Clients[2].ExpectAsync("test");
        await ExpectEndAsync(Nodes[1].Io);
    }

    [Fact]
    public async Task Volatile_and_uncompressed_broadcasts_keep_their_order()
    {
        for (var i = 0; i < 200; i++)
        {
            await Io.Compress(i % 2 == 0).EmitAsync("n", i);
        }

        foreach (var client in Clients)
        {
            await client.ExpectAsync([.. Enumerable.Range(0, 200).Select(i => $"n {i}")]);
        }
    }

    [Fact]
    public async Task SIOA_C_07_RA_08_RS_06_The_acknowledgements_of_all_clients_come()
    {
        await AnswerAsync(id => id);
        var answers = await Io.Timeout(Waiting.Bound).EmitWithAcksAsync<int>("question", [], Cancellation).Within("the acknowledgements");
        Assert.Equal([1, 2, 3], answers.Order());
    }

    [Fact]
    public async Task SIOA_C_08_RA_09_RS_07_Acknowledgements_with_binary_data()
    {
        await AnswerAsync(id => new byte[] { (byte)id });
        var answers = await Io.Timeout(Waiting.Bound).EmitWithAcksAsync<byte[]>("question", [new byte[] { 9 }], Cancellation).Within("the acknowledgements");
        Assert.Equal(["01", "02", "03"], answers.Select(Convert.ToHexString).Order());
    }

    [Fact]
    public async Task SIOA_C_09_RA_10_RS_08_Without_clients_there_are_no_acknowledgements() =>
        Assert.Empty(await Io.To("nobody").Timeout(Waiting.Bound).EmitWithAcksAsync<int>("question", [], Cancellation).Within("the acknowledgements"));

    [Fact]
    public async Task SIOA_C_10_RA_11_RS_09_A_silent_client_is_a_timeout_with_what_came()
    {
        Clients[0].Socket.On("question", () => 1);
        Clients[1].Socket.On("question", () => 2);
        // The third one has no handler and says nothing.
        var timeout = Io.Timeout(TimeSpan.FromSeconds(10));
        var some = timeout.TryEmitWithAcksAsync<int>("question", [], Cancellation);
        var all = timeout.EmitWithAcksAsync<int>("question", [], Cancellation);
        var answers = await some.Within("the acknowledgements");
        Assert.Equal([1, 2], answers.Received.Order());
        Assert.Equal((0, 1), (answers.MissingNodes.Count, answers.MissingReceivers));
        var error = await Assert.ThrowsAsync<BroadcastAckTimeoutException<int>>(() => all.Within("the acknowledgements"));
        Assert.Equal([1, 2], error.Responses.Order());
        Assert.Equal(1, error.Missing);
    }

    [Fact]
    public async Task SIOA_C_11_SIOA_C_12_RS_10_RS_11_One_client_acknowledges_here_or_on_another_server()
    {
        await AnswerAsync(id => id);
        var sockets = await Io.FetchSocketsAsync().Within("the sockets");
        foreach (var (client, i) in Clients.Select((client, i) => (client, i)))
        {
            var socket = sockets.Single(socket => socket.Id == client.Id);
            Assert.Equal(i + 1, await socket.EmitWithAckAsync<int>("question", [], Waiting.Bound, Cancellation).Within("the acknowledgement"));
        }
    }

    private Task AnswerAsync<T>(Func<int, T> answer)
    {
        for (var i = 0; i < Clients.Length; i++)
        {
            var id = i + 1;
            Clients[i].Socket.On("question", () => answer(id));
        }

        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_broadcast_is_decoded_once_for_a_server_and_encoded_once_for_all_its_clients()
    {
        var counts = new CountingNode();
        var node = await counts.StartAsync(AddEngine);
        _started.Add(node);
        await Waiting.UntilAsync(async () => await Io.Namespace("/").ServerCountAsync() == 4, "the fourth server");
        var clients = new List<TestClient>();
        for (var i = 0; i < 8; i++)
        {
            clients.Add(await ConnectAsync(node));
        }

        foreach (var text in (string[])["first", "second"])
        {
            var (broadcasts, events) = (counts.Broadcasts, counts.Events);
            await Io.EmitAsync("test", text, new byte[] { 1 });
            foreach (var client in clients)
            {
                await client.ExpectAsync($"test \"{text}\" [01]");
            }

            Assert.Equal((broadcasts + 1, events + 1), (counts.Broadcasts, counts.Events));
        }
    }
}
