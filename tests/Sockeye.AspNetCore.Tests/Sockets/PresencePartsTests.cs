using System.Text;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What presence is made of, without a server: instants in, who came and went out.</summary>
public sealed class PresencePartsTests
{
    private static readonly PresencePlace Alice = new("/", "room", "alice");
    private static readonly PresencePlace Bob = new("/", "room", "bob");

    private readonly PresencePicture _picture = new(TimeSpan.FromSeconds(10), maxEntries: 3);
    private readonly List<PresencePlace> _joined = [];

    [Fact]
    public void A_user_leaves_when_nobody_has_held_the_place_for_the_grace_time()
    {
        Assert.True(_picture.TryHold("a", Alice, out var joined) && joined);
        Assert.True(_picture.TryHold("b", Alice, out joined) && !joined);
        _picture.Release("a", Alice, At(0));
        Assert.Null(_picture.NextDue);
        Assert.True(_picture.Release("b", Alice, At(1)));
        Assert.False(_picture.Release("b", Alice, At(2)));
        Assert.Equal(At(11), _picture.NextDue);
        Assert.Empty(_picture.TakeLeft(At(10)));
        Assert.Equal(["alice"], _picture.Users("/", "room"));
        Assert.Equal([Alice], _picture.TakeLeft(At(11)));
        Assert.Empty(_picture.Users("/", "room"));
        Assert.Equal(0, _picture.Count);
        Assert.Null(_picture.NextDue);
    }

    [Fact]
    public void Who_comes_back_in_time_has_not_left_and_a_second_leaving_counts_anew()
    {
        _picture.TryHold("a", Alice, out _);
        _picture.Release("a", Alice, At(0));
        Assert.True(_picture.TryHold("b", Alice, out var joined) && !joined);
        Assert.Empty(_picture.TakeLeft(At(60)));
        _picture.Release("b", Alice, At(60));
        _picture.TryHold("a", Alice, out _);
        _picture.Release("a", Alice, At(65));
        Assert.Empty(_picture.TakeLeft(At(70)));
        Assert.Equal(At(75), _picture.NextDue);
        Assert.Equal([Alice], _picture.TakeLeft(At(75)));
    }

    [Fact]
    public void There_is_an_end_to_what_is_remembered()
    {
        foreach (var user in (string[])["1", "2", "3"])
        {
            Assert.True(_picture.TryHold("a", Alice with { User = user }, out _));
        }

        Assert.False(_picture.TryHold("a", Alice, out _));
        Assert.True(_picture.TryHold("b", Alice with { User = "1" }, out _));
        _picture.Release("a", Alice with { User = "2" }, At(0));
        _picture.TakeLeft(At(10));
        Assert.True(_picture.TryHold("a", Alice, out _));
    }

    [Fact]
    public void A_lost_change_is_noticed_by_the_next_one_or_the_next_hello_and_asked_for_once()
    {
        var remote = new PresenceRemote("a", _picture, 3);
        Assert.False(Receive(remote, Hello(0)));
        Assert.True(remote.IsComplete);
        Assert.False(Receive(remote, Change(1, (Alice, true))));
        Assert.True(Receive(remote, Change(3, (Bob, true))));
        Assert.False(Receive(remote, Change(4, (Bob, false))));
        Assert.False(remote.IsComplete);
        // The question was lost.
        Assert.True(Receive(remote, Hello(4)));
        Assert.False(Receive(remote, State(4, 0, isLast: false, Bob)));
        Assert.False(Receive(remote, State(4, 1, isLast: true)));
        Assert.True(remote.IsComplete);
        Assert.Equal([Alice, Bob], _joined);
        Assert.Equal([Alice], _picture.TakeLeft(At(10)));
        // An answer that was for others, and an old change.
        Assert.False(Receive(remote, State(4, 0, isLast: true)));
        Assert.False(Receive(remote, Change(4, (Bob, false))));
        Assert.Equal(["bob"], _picture.Users("/", "room"));
        // A part of the answer was lost.
        Assert.True(Receive(remote, Hello(9)));
        Assert.False(Receive(remote, State(9, 1, isLast: true, Alice)));
        Assert.False(remote.IsComplete);
        remote.Leave(At(0));
        Assert.Equal([Bob], _picture.TakeLeft(At(10)));
    }

    [Fact]
    public void A_node_that_tells_more_than_is_remembered_takes_no_more_memory()
    {
        var remote = new PresenceRemote("a", _picture, 3);
        Receive(remote, Hello(7));
        for (var part = 0; part < 100; part++)
        {
            Receive(remote, State(7, part, part == 99, Alice with { User = $"u{part}" }, Bob with { User = $"v{part}" }));
        }

        Assert.Equal(3, _picture.Count);
        Receive(remote, Change(8, (Alice, true)));
        Assert.True(remote.IsCut);
        Assert.Equal(3, _picture.Count);
    }

    [Fact]
    public void A_message_comes_back_as_it_was()
    {
        PresencePlace everywhere = new("/chat", null, "é\"\u0001");
        foreach (var message in (PresenceMessage[])[Hello(0), new(PresenceMessageKind.Ask, Node: "0123456789abcdef"), Change(5, (Alice, true), (everywhere, false)), State(6, 3, isLast: true, everywhere), State(7, 0, isLast: false)])
        {
            var read = PresenceMessage.Decode(message.Encode());
            Assert.Equal(message with { Entries = [] }, read! with { Entries = [] });
            Assert.Equal(message.Entries, read.Entries);
        }
    }

    [Theory]
    [InlineData("""["hello"]""")]
    [InlineData("""["hello",-1]""")]
    [InlineData("""["hello","1"]""")]
    [InlineData("""["hello",1.5]""")]
    [InlineData("""["ask",1]""")]
    [InlineData("""["bye",1]""")]
    [InlineData("""["change",1]""")]
    [InlineData("""["change",1,[["/","room","alice"]]]""")]
    [InlineData("""["change",1,[["/","room","alice",1]]]""")]
    [InlineData("""["change",1,[["/","room","",true]]]""")]
    [InlineData("""["change",1,[["room","room","alice",true]]]""")]
    [InlineData("""["change",1,[["/",{},"alice",true]]]""")]
    [InlineData("""["state",1,0,true]""")]
    [InlineData("""["state",1,-1,true,[]]""")]
    [InlineData("""["state",1,0,1,[]]""")]
    [InlineData("""{"a":1}""")]
    [InlineData("[]")]
    [InlineData("[")]
    public void What_is_no_message_is_refused(string json) => Assert.Null(PresenceMessage.Decode(new PacketData(Encoding.UTF8.GetBytes(json), [])));

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);

    private static PresenceMessage Hello(long sequence) => new(PresenceMessageKind.Hello, sequence);

    private static PresenceMessage Change(long sequence, params (PresencePlace, bool)[] entries) => new(PresenceMessageKind.Change, sequence) { Entries = entries };

    private static PresenceMessage State(long sequence, int part, bool isLast, params PresencePlace[] places) =>
        new(PresenceMessageKind.State, sequence, Part: part, IsLast: isLast) { Entries = [.. places.Select(static place => (place, true))] };

    private bool Receive(PresenceRemote remote, PresenceMessage message) => remote.Receive(message, At(0), _joined);
}
