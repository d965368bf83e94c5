using Sockeye.Cli.Load;

namespace Sockeye.Cli.Tests.Load;

/// <summary>The histogram behind the reports.</summary>
public sealed class PercentilesTests
{
    [Fact]
    public void Shares_are_within_their_error_over_the_whole_range()
    {
        var times = new Percentiles();
        for (var i = 1; i <= 10_000; i++)
        {
            times.Add(TimeSpan.FromMicroseconds(i * 100));
        }

        Assert.Equal(10_000, times.Count);
        Assert.Equal(TimeSpan.FromSeconds(1), times.Max);
        Assert.Equal(times.Max, times.At(1));
        foreach (var share in (double[])[0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999])
        {
            var exact = share * 10_000 * 100;
            Assert.InRange(times.At(share).TotalMicroseconds, exact, exact * 1.032);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000_000)]
    [InlineData(60_000_000_000)]
    public void One_time_is_all_its_percentiles(long microseconds)
    {
        var times = new Percentiles();
        times.Add(TimeSpan.FromMicroseconds(microseconds));
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), times.At(0.5));
        Assert.Equal(times.Max, times.At(0.99));
    }

    [Fact]
    public void Without_times_there_is_nothing() => Assert.Equal((0, TimeSpan.Zero), (new Percentiles().Count, new Percentiles().At(0.5)));

    [Fact]
    public void Times_out_of_range_are_kept_at_its_ends()
    {
        var times = new Percentiles();
        times.Add(TimeSpan.FromSeconds(-1));
        times.Add(TimeSpan.FromDays(1000));
        Assert.Equal(TimeSpan.Zero, times.At(0.5));
        Assert.Equal(2, times.Count);
    }
}
