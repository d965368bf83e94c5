namespace Sockeye.Protocol.Engine;

/// <summary>Sums of instants that stop at "never" instead of overflowing.</summary>
internal static class Instant
{
    public static TimeSpan After(TimeSpan instant, TimeSpan delay) => instant >= TimeSpan.MaxValue - delay ? TimeSpan.MaxValue : instant + delay;

    public static TimeSpan Earlier(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
