using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>A stranger can send requests without end; the log stays readable.</summary>
public sealed class RefusalLogTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger _logger = new();
    private readonly TimerWheel _wheel;
    private readonly RefusalLog _log;

    public RefusalLogTests()
    {
        _wheel = new TimerWheel(_time);
        _log = new RefusalLog(_logger, _wheel);
    }

    public void Dispose() => _wheel.Dispose();

    [Fact]
    public void Ten_lines_a_second_and_then_one_that_tells_how_many_were_left_out()
    {
        Write("session_unknown", 25);
        Assert.Equal(10, Take().Count);
        _time.Advance(TimeSpan.FromSeconds(1.02));
        var line = Assert.Single(Take());
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Equal("15 more requests were refused within a second and not logged: session_unknown.", line.Message);

        Write("session_unknown", 3);
        Assert.Equal(3, Take().Count);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(Take());
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Each_reason_has_its_own_ten()
    {
        Write("session_unknown", 100);
        Write("forbidden", 5);
        Assert.Equal(5, Take().Count(line => line.GetStructuredStateValue("Reason") == "forbidden"));
        _time.Advance(TimeSpan.FromSeconds(1.02));
        Assert.StartsWith("90 more", Assert.Single(Take()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_that_goes_on_costs_eleven_lines_a_second()
    {
        for (var i = 0; i < 1000; i++)
        {
            Write("session_unknown", 1);
            _time.Advance(TimeSpan.FromMilliseconds(5));
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        var lines = Take();
        Assert.InRange(lines.Count, 50, 6 * 11);
        Assert.Equal(1000, lines.Sum(line => line.Id.Id == 4 ? 1 : int.Parse(line.GetStructuredStateValue("Count")!, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void What_a_stranger_writes_cannot_forge_a_line_nor_fill_a_page()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Path = "/x\r\nwarn: forged";
        _log.Write(context, "transport_unknown", "The transport is \"a\nb\u0085c\u2028\"" + new string('x', 10_000));
        var line = Assert.Single(Take());
        Assert.DoesNotContain(line.Message, character => char.IsControl(character) || character is '\u2028');
        Assert.InRange(line.Message.Length, 1, 700);
    }

    private void Write(string reason, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _log.Write(new DefaultHttpContext(), reason, "detail");
        }
    }

    private IReadOnlyList<FakeLogRecord> Take()
    {
        var lines = _logger.Collector.GetSnapshot(clear: true);
        return lines;
    }
}
