using System.Diagnostics;
using System.Runtime.InteropServices;
using Sockeye.Cli.Inspect.Capture;

namespace Sockeye.Cli.Tests.Inspect;

public sealed class LiveCaptureTests
{
    private const int SigChild = 17;

    [Fact]
    public void A_signal_does_not_make_the_wait_for_a_packet_endless()
    {
        Assert.SkipWhen(Tcpdump.Obstacle is not null, Tcpdump.Obstacle ?? "");

        // Port 1: no packet passes the filter.
        using var capture = LiveCapture.Open("lo", "tcp port 1");
        var (id, rounds) = (0, 0);
        using var started = new ManualResetEventSlim();
        var reader = new Thread(() =>
        {
            Volatile.Write(ref id, GetThreadId());
            started.Set();
            while (Volatile.Read(ref rounds) < 5)
            {
                capture.Next();
                Interlocked.Increment(ref rounds);
            }
        })
        { IsBackground = true };
        reader.Start();
        started.Wait();
        var begin = Stopwatch.GetTimestamp();
        do
        {
            Assert.Equal(0, SendSignal(Environment.ProcessId, Volatile.Read(ref id), SigChild));
        }
        while (!reader.Join(20) && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(15));

        Assert.Equal(5, Volatile.Read(ref rounds));
    }

    [DllImport("libc", EntryPoint = "gettid")]
    private static extern int GetThreadId();

    [DllImport("libc", EntryPoint = "tgkill")]
    private static extern int SendSignal(int process, int thread, int signal);
}
