using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.Adapters.Tests;

/// <summary>A server whose engine, or whose neighbour, does not do what it should.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task SIOA_C_06_Clients_here_get_a_broadcast_that_the_engine_does_not_take_and_the_caller_gets_to_know()
    {
        var backend = new UnreliableBackend(new MemoryHub());
        await using var node = await Node.StartAsync(services => services.AddSingleton<IClusterBackend>(backend));
        await using var client = await TestClient.ConnectAsync(node);
        backend.IsBroken = true;
        var error = await Assert.ThrowsAsync<ClusterException>(() => node.Io.EmitAsync("test", 1));
        Assert.IsType<IOException>(error.InnerException);
        await Assert.ThrowsAsync<ClusterException>(() => node.Io.SocketsJoinAsync("room1"));
        await client.ExpectAsync("test 1");
        Assert.Contains("room1", Assert.Single(node.Io.Namespace("/").Sockets).Rooms);
        backend.IsBroken = false;
        await node.Io.EmitAsync("test", 2);
        await client.ExpectAsync("test 2");
    }

    [Fact]
    public async Task Nobody_hears_a_question_that_the_engine_does_not_take_and_the_partial_form_says_so()
    {
        var backend = new UnreliableBackend(new MemoryHub());
        await using var node = await StartAsync(backend);
        await using var client = await TestClient.ConnectAsync(node);
        await FakeNode.JoinAsync(backend);
        await KnowsAsync(node, 2);
        backend.IsBroken = true;
        var found = await node.Io.TryFetchSocketsAsync().Within("the sockets");
        Assert.Equal((1, MissingReason.Unreachable), (found.Received.Count, Assert.Single(found.MissingNodes).Reason));
        await Assert.ThrowsAsync<ClusterTimeoutException>(() => node.Io.FetchSocketsAsync().Within("the sockets"));
        backend.IsBroken = false;
    }

    [Fact]
    public async Task A_dead_server_is_noticed_by_its_silence_and_ends_questions_before_their_timeout()
    {
        var (hub, time) = (new MemoryHub(), new FakeTimeProvider());
        await using var node = await StartAsync(hub, time);
        var dead = await FakeNode.JoinAsync(hub);
        await KnowsAsync(node, 2);
        var question = node.Io.To("room").Timeout(TimeSpan.FromMinutes(5)).TryFetchSocketsAsync();
        await dead.ReceiveAsync(ClusterMessageType.FetchSockets);
        Assert.False(question.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(question.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(3));
        var answers = await question.Within("the answers");
        Assert.Equal([new MissingNode(dead.Uid, MissingReason.Left)], answers.MissingNodes);
        Assert.Equal(1, await node.Io.ServerCountAsync());
    }

    [Fact]
    public async Task A_server_says_that_it_is_there_when_it_has_been_silent()
    {
        var (hub, time) = (new MemoryHub(), new FakeTimeProvider());
        await using var node = await StartAsync(hub, time);
        var other = await FakeNode.JoinAsync(hub);
        await other.ReceiveAsync(ClusterMessageType.Heartbeat);
        time.Advance(TimeSpan.FromSeconds(6));
        await other.ReceiveAsync(ClusterMessageType.Heartbeat);
        await node.StopAsync();
        await other.ReceiveAsync(ClusterMessageType.AdapterClose);
    }

    [Theory]
    [InlineData("""["disconnect"]""")]
    [InlineData("""[{"a":1}]""")]
    [InlineData("[]")]
    [InlineData("""{"a":1}""")]
    public async Task An_event_that_no_client_could_be_given_is_refused_and_the_next_one_is_not(string packet)
    {
        var hub = new MemoryHub();
        await using var node = await StartAsync(hub);
        await using var client = await TestClient.ConnectAsync(node);
        var other = await FakeNode.JoinAsync(hub);
        await other.SendAsync(ClusterMessageType.Broadcast, message => message with { Packet = new PacketData(System.Text.Encoding.UTF8.GetBytes(packet), []) });
        await other.SendAsync(ClusterMessageType.Broadcast, message => message with { Packet = new PacketData("""["good",1]"""u8.ToArray(), []) });
        await client.ExpectAsync("good 1");
    }

    [Fact]
    public async Task Acknowledgements_for_another_server_come_after_their_count()
    {
        var hub = new MemoryHub();
        await using var node = await StartAsync(hub);
        await using var client = await TestClient.ConnectAsync(node, configure: socket => socket.On("question", () => "answer"));
        var other = await FakeNode.JoinAsync(hub);
        await other.SendAsync(ClusterMessageType.Broadcast, message => message with { RequestId = "r1", Packet = new PacketData("""["question"]"""u8.ToArray(), []) });
        Assert.Equal(1, (await other.ReceiveAsync(ClusterMessageType.BroadcastClientCount)).ClientCount);
        var ack = await other.ReceiveAsync(ClusterMessageType.BroadcastAck);
        Assert.Equal(("r1", """["answer"]"""), (ack.RequestId, System.Text.Encoding.UTF8.GetString(ack.Packet.Json.Span)));
    }

    private static Task<Node> StartAsync(IClusterBackend backend, TimeProvider? time = null) => Node.StartAsync(services =>
    {
        services.AddSingleton(backend);
        if (time is not null)
        {
            services.AddSingleton(time);
        }
    });

    private static Task KnowsAsync(Node node, int count) => Waiting.UntilAsync(async () => await node.Io.ServerCountAsync() == count, $"{count} servers");
}
