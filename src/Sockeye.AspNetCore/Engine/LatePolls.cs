using System.Collections.Concurrent;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// The sessions whose client closed by POST while its poll was still on its way. The two requests are on two connections, so either may be here first; the client
/// expects its poll to be released with a noop. Each id is good for one poll, for one second.
/// </summary>
internal sealed class LatePolls(TimerWheel wheel)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, IDisposable> _expected = new(StringComparer.Ordinal);

    public void Expect(string sid) => _expected[sid] = wheel.ScheduleAt(wheel.Now + Window, () => _expected.TryRemove(sid, out _));

    public bool TryTake(string sid)
    {
        if (!_expected.TryRemove(sid, out var timer))
        {
            return false;
        }

        timer.Dispose();
        return true;
    }
}
