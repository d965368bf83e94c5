namespace Sockeye.AspNetCore.Epoll;

/// <summary>The settings of the epoll engine (<c>builder.WebHost.UseEpoll()</c>). Backlog, buffer sizes and the listening socket are those of the default transport: <c>UseSockets(options => …)</c>.</summary>
public sealed class EpollOptions
{
    /// <summary>How many loops there are, each with a thread; connections are handed out to them in turn. Default: the number of processors.</summary>
    public int LoopCount { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// How long a handler may hold its loop up before another thread takes the loop over. Default 10 ms. Handlers that await hold nothing up; one that blocks its thread
    /// costs the other connections of its loop this much, once.
    /// </summary>
    public TimeSpan HandOverAfter { get; set; } = TimeSpan.FromMilliseconds(10);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LoopCount, 1, $"{nameof(EpollOptions)}.{nameof(LoopCount)}");
        ArgumentOutOfRangeException.ThrowIfLessThan(HandOverAfter, TimeSpan.FromMilliseconds(2), $"{nameof(EpollOptions)}.{nameof(HandOverAfter)}");
    }
}
