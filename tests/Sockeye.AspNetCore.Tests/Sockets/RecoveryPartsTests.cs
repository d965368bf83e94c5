using System.Text;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>What recovery is made of, each part against a plain model of it.</summary>
public sealed class RecoveryPartsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(123_456_789)]
    [InlineData((1L << 48) - 1)]
    public void An_offset_comes_back_as_its_position_and_only_to_its_own_log(long position)
    {
        var offset = new RecoveryOffset();
        Span<byte> bytes = stackalloc byte[RecoveryOffset.Length];
        offset.Write(position, bytes);
        var text = Encoding.ASCII.GetString(bytes);
        Assert.Matches("^[A-Za-z0-9_-]{12}$", text);
        Assert.True(offset.TryRead(text, out var read));
        Assert.Equal(position, read);
        Assert.False(new RecoveryOffset().TryRead(text, out _));
        foreach (var other in (string[])["", "x", text[1..], text + "A", " " + text[1..], text[..^1] + "\n", text[..^1] + "é", new('=', 12), RecoveryOffset.Placeholder])
        {
            Assert.False(offset.TryRead(other, out _), other);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sent_positions_never_deny_one_that_was_sent_and_see_every_long_silence(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var sent = default(SentPositions);
            var model = new List<long>();
            var position = 0L;
            for (var i = random.Next(40); i > 0; i--)
            {
                position += random.Next(1, 10);
                sent.Add(position);
                model.Add(position);
            }

            for (var i = 0; i < 50; i++)
            {
                long after = random.Next(0, 420);
                var upTo = after + random.Next(0, 420);
                Assert.True(sent.MayContain(after, upTo) || !model.Exists(p => p > after && p <= upTo));
            }

            // A silence longer than all others is not melted away by what follows.
            var last = position;
            position += 1000;
            for (var i = 0; i < 100; i++)
            {
                sent.Add(position += random.Next(1, 10));
            }

            Assert.False(sent.MayContain(last, last + 999));
            Assert.True(sent.MayContain(last, last + 1010));
            Assert.False(sent.MayContain(position, long.MaxValue));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_room_history_knows_for_each_position_which_rooms_it_was_in(int seed)
    {
        var random = new Random(seed);
        string[] rooms = ["a", "b", "c", "own"];
        var history = new RoomHistory("own");
        var current = new HashSet<string> { "own" };
        history.Enter("own", 0);
        var model = new List<string[]> { Array.Empty<string>() };
        for (var position = 1; position <= 300; position++)
        {
            model.Add([.. current]);
            if (random.Next(3) == 0)
            {
                var room = rooms[random.Next(rooms.Length)];
                if (current.Remove(room))
                {
                    history.Leave(room, position);
                }
                else
                {
                    current.Add(room);
                    history.Enter(room, position);
                }
            }

            // As a recovered socket does.
            foreach (var room in current)
            {
                history.Enter(room, position);
            }
        }

        Assert.Equal(current.Where(room => room != "own").Order(), history.Current.Order());
        for (var position = (int)history.CompleteFrom + 1; position <= 300; position++)
        {
            foreach (var room in rooms)
            {
                Assert.Equal(model[position].Contains(room), history.WasInAny(["nowhere", room], position));
            }
        }
    }

    [Fact]
    public void A_room_history_is_bounded_and_says_from_where_it_is_complete()
    {
        var history = new RoomHistory("own");
        for (var position = 1; position <= 1000; position++)
        {
            history.Enter($"room{position}", position);
            history.Leave($"room{position}", position);
        }

        Assert.Equal(936, history.CompleteFrom);
        Assert.Empty(history.Current);
    }
}
