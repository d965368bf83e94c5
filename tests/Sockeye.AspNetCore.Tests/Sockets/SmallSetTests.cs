using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>The set of a socket's rooms and of a room's sockets, in all its forms: one member, a few, many.</summary>
public sealed class SmallSetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(40)]
    public void It_does_what_a_hash_set_does(int variety)
    {
        var random = new Random(variety);
        var items = Enumerable.Range(0, variety).Select(static number => $"room {number}").ToArray();
        var set = default(SmallSet<string>);
        var expected = new HashSet<string>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < 5000; i++)
        {
            // Grows and shrinks in turn, through all forms.
            var item = items[random.Next(variety)];
            var grows = i / 100 % 2 == 0 ? random.Next(4) > 0 : random.Next(4) == 0;
            Assert.Equal(grows ? expected.Add(item) : expected.Remove(item), grows ? set.Add(item) : set.Remove(item));
            Assert.Equal((expected.Count, expected.Contains(item)), (set.Count, set.Contains(item)));
            Assert.Equal(expected.Order(StringComparer.Ordinal), Members(set).Order(StringComparer.Ordinal));
        }

        set.Clear();
        Assert.Equal((0, false), (set.Count, set.Contains(items[0])));
        Assert.Empty(Members(set));
    }

    private static List<string> Members(SmallSet<string> set)
    {
        List<string> members = [];
        foreach (var member in set)
        {
            members.Add(member);
        }

        return members;
    }
}
