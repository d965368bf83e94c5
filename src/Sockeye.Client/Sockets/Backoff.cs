namespace Sockeye.Client.Sockets;

/// <summary>
/// The delays between attempts, by the official formula (socket.io-client <c>contrib/backo2</c>): <c>min · 2^attempts</c>, moved by up to <c>factor</c> of itself in either direction, at most <c>max</c>.
/// </summary>
internal sealed class Backoff(TimeSpan min, TimeSpan max, double factor, Func<double> random)
{
    /// <summary>How many delays were given since the reset.</summary>
    public int Attempts { get; private set; }

    public TimeSpan Next()
    {
        var milliseconds = min.TotalMilliseconds * Math.Pow(2, Attempts);
        Attempts = Math.Min(Attempts, int.MaxValue - 1) + 1;
        if (factor > 0 && !double.IsInfinity(milliseconds))
        {
            // The official one takes the direction from the parity of the first decimal of the same number.
            var chance = random();
            var deviation = Math.Floor(chance * factor * milliseconds);
            milliseconds = ((int)Math.Floor(chance * 10) & 1) == 0 ? milliseconds - deviation : milliseconds + deviation;
        }

        // 2^n overflows to infinity, which the maximum cuts.
        return TimeSpan.FromMilliseconds(Math.Floor(Math.Min(milliseconds, max.TotalMilliseconds)));
    }

    public void Reset() => Attempts = 0;
}
