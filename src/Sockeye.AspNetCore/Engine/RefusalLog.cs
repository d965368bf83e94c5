using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// Logs refused requests, ten a second for each reason; the rest is counted and told in one line. Anyone can send requests that are refused, and a log must
/// not be theirs to fill. What they write into it is cut and stripped of line breaks.
/// </summary>
internal sealed class RefusalLog(ILogger logger, TimerWheel wheel)
{
    private const int LinesPerWindow = 10;
    private const int MaxText = 256;
    private static readonly TimeSpan WindowLength = TimeSpan.FromSeconds(1);

    // The reasons are a fixed set, so this does not grow.
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    public void Write(HttpContext context, string reason, string detail)
    {
        if (!logger.IsEnabled(LogLevel.Warning))
        {
            return;
        }

        var window = _windows.GetOrAdd(reason, static _ => new());
        lock (window)
        {
            if (wheel.Now >= window.End)
            {
                window.End = wheel.Now + WindowLength;
                window.Lines = 0;
            }

            if (++window.Lines > LinesPerWindow)
            {
                // The timer tells the number also when no further request comes.
                if (window.Suppressed++ == 0)
                {
                    wheel.ScheduleAt(window.End, () => Tell(window, reason));
                }

                return;
            }
        }

        EngineLog.ConnectionRefused(logger, Clean(context.Request.Method), Clean(context.Request.Path), context.Connection.RemoteIpAddress, reason, Clean(detail));
    }

    private void Tell(Window window, string reason)
    {
        long suppressed;
        lock (window)
        {
            (suppressed, window.Suppressed) = (window.Suppressed, 0);
        }

        EngineLog.RefusalsSuppressed(logger, suppressed, reason);
    }

    private static string Clean(string? text)
    {
        text ??= "";
        return string.Create(Math.Min(text.Length, MaxText), text, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? '?' : source[i];
            }
        });
    }

    private sealed class Window
    {
        public TimeSpan End { get; set; } = TimeSpan.MinValue;

        public int Lines { get; set; }

        public long Suppressed { get; set; }
    }
}
