using Sockeye.Protocol.Cluster;

namespace Sockeye.Protocol.Tests.Cluster;

public sealed class ClusterQueryTests
{
    [Fact]
    public void It_is_complete_when_all_have_reported_and_all_items_have_come()
    {
        var query = new ClusterQuery<int>(["a", "b"]);
        query.Report("a", 2);
        query.Add("a", 1);
        query.Report("b", 0);
        Assert.False(query.IsComplete);
        query.Add("a", 2);
        Assert.False(query.IsComplete);
        query.Count(0, []);
        Assert.True(query.IsComplete);
        Assert.Empty(query.GetMissing());
    }

    [Fact]
    public void Nodes_without_a_name_are_counted()
    {
        var query = new ClusterQuery<int>(["a"]);
        query.Report("", 1);
        query.Count(2, []);
        query.Add("", 5);
        query.Report("a", 0);
        Assert.Equal(1, query.AwaitedNodes);
        Assert.Equal([new MissingNode(null, MissingReason.TimedOut)], query.GetMissing());
        query.Report("stranger", 0);
        Assert.True(query.IsComplete);
    }

    [Fact]
    public void Who_was_not_counted_does_not_answer_for_somebody_else()
    {
        var query = new ClusterQuery<int>([]);
        query.Report("came since", 0);
        query.Count(1, ["came since", "had left"]);
        query.Report("had left", 0);
        Assert.False(query.IsComplete);
        query.Report("stranger", 0);
        Assert.True(query.IsComplete);
    }

    [Fact]
    public void A_node_that_leaves_is_missing_with_what_it_had_announced()
    {
        var query = new ClusterQuery<int>(["a", "b", "c"]);
        query.Count(0, []);
        query.Report("a", 2);
        query.Add("a", 1);
        query.Leave("a");
        query.Leave("b");
        query.Report("c", 0);
        query.Leave("c");
        Assert.True(query.IsComplete);
        Assert.Equal([new MissingNode("a", MissingReason.Left), new MissingNode("b", MissingReason.Left)], query.GetMissing());
        Assert.Equal(1, query.MissingItems);
        Assert.False(query.Add("a", 2));
    }

    [Fact]
    public void No_node_says_more_than_it_has_announced_or_twice()
    {
        var query = new ClusterQuery<int>(["a", "b"]);
        Assert.True(query.Report("a", 1));
        Assert.False(query.Report("a", 1));
        Assert.True(query.Add("a", 1));
        Assert.False(query.Add("a", 1));
        Assert.Equal([1], query.Items);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("")]
    public void Items_may_come_before_their_announcement_and_count_with_it(string uid)
    {
        var query = new ClusterQuery<int>([]);
        query.Count(1, []);
        Assert.True(query.Add(uid, 7));
        Assert.True(query.Add(uid, 8));
        Assert.Empty(query.Items);
        query.Report(uid, 1);
        Assert.Equal([7], query.Items);
        Assert.True(query.IsComplete);
    }

    [Fact]
    public void Only_a_heartbeat_makes_a_member_and_any_message_keeps_it()
    {
        var membership = new ClusterMembership("me", TimeSpan.FromSeconds(10));
        Assert.False(membership.Hear(Message("a", ClusterMessageType.Broadcast), default));
        Assert.True(membership.Hear(Message("a", ClusterMessageType.Heartbeat), default));
        Assert.False(membership.Hear(Message("me", ClusterMessageType.Heartbeat), default));
        Assert.False(membership.Hear(Message("emitter", ClusterMessageType.Heartbeat), default));
        membership.Hear(Message("a", ClusterMessageType.Broadcast), TimeSpan.FromSeconds(8));
        Assert.Empty(membership.TakeSilent(TimeSpan.FromSeconds(18)));
        Assert.Equal(["a"], membership.TakeSilent(TimeSpan.FromSeconds(19)));
        Assert.Empty(membership.Members);
        Assert.Equal(["a"], membership.Former);
        Assert.True(membership.Hear(Message("a", ClusterMessageType.Heartbeat), TimeSpan.FromSeconds(20)));
        Assert.Empty(membership.Former);
    }

    [Fact]
    public void Of_those_that_have_left_the_last_ones_are_remembered()
    {
        var membership = new ClusterMembership("me", TimeSpan.FromSeconds(10));
        for (var i = 0; i < 70; i++)
        {
            membership.Hear(Message($"{i}", ClusterMessageType.Heartbeat), default);
            Assert.True(membership.Remove($"{i}"));
        }

        Assert.False(membership.Remove("never there"));
        Assert.Equal(Enumerable.Range(6, 64).Select(i => $"{i}"), membership.Former);
    }

    [Fact]
    public void A_node_that_has_itself_been_paused_takes_nobody_for_dead()
    {
        var membership = new ClusterMembership("me", TimeSpan.FromSeconds(10));
        membership.Hear(Message("a", ClusterMessageType.Heartbeat), default);
        Assert.Empty(membership.TakeSilent(TimeSpan.FromSeconds(1)));
        Assert.Empty(membership.TakeSilent(TimeSpan.FromSeconds(60)));
        for (var second = 61; second <= 69; second++)
        {
            Assert.Empty(membership.TakeSilent(TimeSpan.FromSeconds(second)));
        }

        Assert.Equal(["a"], membership.TakeSilent(TimeSpan.FromSeconds(70)));
    }

    private static ClusterMessage Message(string uid, ClusterMessageType type) => new() { Type = type, Uid = uid, Namespace = "/" };
}
