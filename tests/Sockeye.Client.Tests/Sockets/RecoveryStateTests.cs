using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Which texts become the offset of a session (§9 Q-21): those of the server, and not whatever a handler gets as its last argument.</summary>
public sealed class RecoveryStateTests
{
    // What the adapters wrote at that time: 2023-10-16T01:24:16.789Z.
    private const string Yeast = "Ois5N4L";
    private const string Redis = "1697419456789-0";
    private const string Mongo = "652c90c0f1d2d2f924e986ac";
    private const string Sockeye = "q83vAAAAAAAB";
    private const string Postgres = "pg-12";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1697419456789).AddHours(3);

    [Fact]
    public void The_sample_of_the_in_memory_adapter_is_one()
    {
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
        Assert.Equal(1697419456789, Yeast.Aggregate(0L, (value, c) => (value * 64) + Digits.IndexOf(c, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Yeast)]
    [InlineData(Yeast + ".1")]
    [InlineData(Redis)]
    [InlineData(Mongo)]
    [InlineData(Sockeye)]
    [InlineData(Postgres)]
    [InlineData("42")]
    public void Offsets_of_every_server_are_taken(string offset)
    {
        var state = InSession();
        state.Received(offset, Now);
        Assert.Equal(offset, state.Offset);
    }

    [Theory]
    [InlineData(Yeast, Yeast + ".1")]
    [InlineData(Redis, "1697419456790-3")]
    [InlineData(Mongo, "652c90c1f1d2d2f924e986ad")]
    [InlineData(Sockeye, "q83vAAAAAAAC")]
    [InlineData(Postgres, "pg-13")]
    public void The_next_one_takes_its_place(string first, string second)
    {
        var state = InSession();
        state.Received(first, Now);
        state.Received(second, Now);
        Assert.Equal(second, state.Offset);
    }

    [Theory]
    [InlineData(Yeast)]
    [InlineData(Redis)]
    [InlineData(Mongo)]
    [InlineData(Sockeye)]
    [InlineData(Postgres)]
    public void Q_21_texts_of_the_application_do_not(string offset)
    {
        var state = InSession();
        state.Received(offset, Now);
        foreach (var text in (string[])["hello", "Hello, world!", "über", "", "welcome", "zzzzzzz", "0", "a.b", "1697419456789", "ffffffffffffffffffffffff", "9999999999999-0", "pg-x", "pg-", new string('a', 65)])
        {
            state.Received(text, Now);
            Assert.Equal(offset, state.Offset);
        }
    }

    [Theory]
    [InlineData(Yeast)]
    [InlineData(Redis)]
    [InlineData(Mongo)]
    [InlineData(Sockeye)]
    [InlineData(Postgres)]
    public void Q_21_nor_do_words_that_look_like_one_of_another_year(string offset)
    {
        var state = InSession();
        state.Received(offset, Now);

        // In base 64 such a word is a time of 2023 or 2024, and one of twelve letters has the length of an offset of ours.
        foreach (var text in (string[])["Opening", "Orange1", "OfItems", "Payment", "Picture", "construction", "Introduction", "1690000000000-0"])
        {
            state.Received(text, Now);
            Assert.Equal(offset, state.Offset);
        }
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("welcome")]
    [InlineData("construction")]
    public void Q_21_a_text_that_came_first_gives_way_to_an_offset(string text)
    {
        var state = InSession();
        state.Received(text, Now);
        state.Received(Sockeye, Now);
        Assert.Equal(Sockeye, state.Offset);
    }

    [Theory]
    [InlineData("Hello, world!")]
    [InlineData("a b")]
    [InlineData("")]
    public void What_no_offset_looks_like_never_is_one(string text)
    {
        var state = InSession();
        state.Received(text, Now);
        Assert.Null(state.Offset);
    }

    [Fact]
    public void Without_recovery_nothing_is_kept()
    {
        var state = new RecoveryState();
        state.Received(Yeast, Now);
        Assert.False(state.Connected(null));
        state.Received(Yeast, Now);
        Assert.Null(state.Offset);
        Assert.Null(state.PrivateId);
    }

    [Fact]
    public void A_session_that_came_back_keeps_its_offset_and_a_new_one_has_none()
    {
        var state = InSession();
        state.Received(Yeast, Now);
        Assert.True(state.Connected("secret"));
        Assert.Equal(Yeast, state.Offset);
        Assert.False(state.Connected("other"));
        Assert.Null(state.Offset);
        Assert.Equal("other", state.PrivateId);

        // The new server may be of another kind.
        state.Received("42", Now);
        Assert.Equal("42", state.Offset);
        Assert.False(state.Connected(null));
        Assert.Null(state.PrivateId);
    }

    private static RecoveryState InSession()
    {
        var state = new RecoveryState();
        Assert.False(state.Connected("secret"));
        return state;
    }
}
