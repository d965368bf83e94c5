using System.Text;
using Sockeye.Protocol.Packets;

namespace Sockeye.Protocol.Tests.Packets;

public sealed class HandlerTableTests
{
    [Theory]
    [InlineData("message")]
    [InlineData("")]
    [InlineData("größe 中文 😀")]
    public void A_handler_is_found_by_its_name_and_by_the_name_in_utf8(string name)
    {
        var table = new HandlerTable<string>();
        Assert.True(table.TryAdd("other", "no"));
        Assert.True(table.TryAdd(name, "yes"));
        Assert.Equal("yes", table.Find(name));
        Assert.Equal("yes", table.Find(Encoding.UTF8.GetBytes(name)));
        Assert.True(table.Contains(name));
        Assert.Null(table.Find(Encoding.UTF8.GetBytes(name + "x")));
    }

    [Fact]
    public void A_long_name_is_found_too()
    {
        var name = new string('中', 5000);
        var table = new HandlerTable<string>();
        table.TryAdd(name, "yes");
        Assert.Equal("yes", table.Find(Encoding.UTF8.GetBytes(name)));
        Assert.Null(table.Find(Encoding.UTF8.GetBytes(name[1..])));
    }

    [Fact]
    public void The_first_handler_of_a_name_stays_until_it_is_removed()
    {
        var table = new HandlerTable<string>();
        Assert.True(table.TryAdd("a", "first"));
        Assert.False(table.TryAdd("a", "second"));
        Assert.Equal("first", table.Find("a"u8));
        Assert.True(table.Remove("a"));
        Assert.False(table.Remove("a"));
        Assert.Null(table.Find("a"u8));
        Assert.False(table.Contains("a"));
    }

    [Fact]
    public void A_copy_goes_its_own_way()
    {
        var table = new HandlerTable<string>();
        table.TryAdd("a", "both");
        var copy = new HandlerTable<string>(table);
        copy.TryAdd("b", "copy");
        table.Remove("a");
        Assert.Equal("both", copy.Find("a"u8));
        Assert.Null(table.Find("b"u8));
    }
}
