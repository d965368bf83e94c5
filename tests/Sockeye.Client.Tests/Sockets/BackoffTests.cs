using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class BackoffTests
{
    [Fact]
    public void Doubles_from_the_minimum_to_the_maximum()
    {
        var backoff = Make(1000, 5000, 0);
        Assert.Equal([1000, 2000, 4000, 5000, 5000], Take(backoff, 5));
        Assert.Equal(5, backoff.Attempts);
    }

    [Fact]
    public void Begins_anew_after_a_reset()
    {
        var backoff = Make(100, 1000, 0);
        Take(backoff, 3);
        backoff.Reset();
        Assert.Equal(0, backoff.Attempts);
        Assert.Equal([100, 200], Take(backoff, 2));
    }

    // contrib/backo2: the direction is the parity of the first decimal, the size floor(random * jitter * ms); what comes out is cut to whole milliseconds.
    [Theory]
    [InlineData(0.0, 1000)]
    [InlineData(0.05, 975)]
    [InlineData(0.15, 1075)]
    [InlineData(0.25, 875)]
    [InlineData(0.35, 1175)]
    [InlineData(0.89, 555)]
    [InlineData(0.99, 1495)]
    [InlineData(0.2, 900)]
    public void Moves_by_the_official_formula(double random, int milliseconds) =>
        Assert.Equal(milliseconds, Make(1000, 5000, 0.5, random).Next().TotalMilliseconds);

    [Fact]
    public void The_maximum_holds_after_the_jitter() => Assert.Equal(5000, Make(4000, 5000, 0.5, 0.99).Next().TotalMilliseconds);

    [Fact]
    public void Whole_milliseconds() => Assert.Equal([33, 66, 133], Take(new Backoff(TimeSpan.FromMilliseconds(33.3), TimeSpan.FromSeconds(5), 0, () => 0), 3));

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.0)]
    [InlineData(0.5, 0.25)]
    [InlineData(1, 0.99)]
    public void After_thousands_of_attempts_it_is_still_the_maximum(double factor, double random)
    {
        var backoff = Make(1000, 5000, factor, random);
        var delays = Take(backoff, 3000);
        Assert.All(delays[1100..], delay => Assert.Equal(5000, delay));
        Assert.All(delays, delay => Assert.InRange(delay, 0, 5000));
        Assert.Equal(3000, backoff.Attempts);
    }

    private static Backoff Make(int min, int max, double factor, double random = 0.5) => new(TimeSpan.FromMilliseconds(min), TimeSpan.FromMilliseconds(max), factor, () => random);

    private static double[] Take(Backoff backoff, int count) => [.. Enumerable.Range(0, count).Select(_ => backoff.Next().TotalMilliseconds)];
}
