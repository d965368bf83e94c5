using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>
/// Two network namespaces with a bad line between them. Where the kernel has <c>netem</c>, that makes the loss, the delay and the disorder; where it has not, the relay between the two TUN devices
/// does the same to the packets in user space: the kernels on both sides know no difference.
/// </summary>
internal sealed class LossyNetwork : IDisposable
{
    private const int OpenReadWrite = 2;
    private const ulong SetInterface = 0x400454ca;
    private const short TunWithoutInfo = 0x1001;
    private const short PollIn = 1;

    private static int _networks;

    private readonly string _id;
    private readonly SafeFileHandle[] _devices = new SafeFileHandle[2];
    private readonly Thread _relay;
    private readonly PriorityQueue<(int To, byte[] Packet), long> _waiting = new();
    private readonly int[] _seen = new int[2];
    private volatile bool _isOver;

    private LossyNetwork()
    {
        _id = string.Create(CultureInfo.InvariantCulture, $"s{Environment.ProcessId % 100000}{(char)('a' + Interlocked.Increment(ref _networks))}");
        _relay = new Thread(Relay) { IsBackground = true };
    }

    public string ClientSpace => $"{_id}c";

    public string ServerSpace => $"{_id}s";

    public string ClientDevice => $"{_id}c0";

    public static string ServerAddress => "10.77.0.2";

    /// <summary>Whether the kernel's netem makes the loss.</summary>
    public bool HasNetem { get; private set; } = true;

    // Tried once: a container may have the device, and not the right to use it.
    private static Lazy<bool> IsPossible { get; } = new(() =>
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"s{Environment.ProcessId % 100000}t");
        using var device = TryOpenTun(name);
        return device is not null && Attempt.Run("ip", "netns", "add", name) == 0 && Attempt.Run("ip", "netns", "del", name) == 0;
    });

    /// <summary>How many packets of the client the relay threw away.</summary>
    public int Dropped { get; private set; }

    public static LossyNetwork Create()
    {
        Assert.SkipWhen(Tcpdump.Obstacle is not null, Tcpdump.Obstacle ?? "");
        Assert.SkipUnless(IsPossible.Value, "A network of its own needs /dev/net/tun, ip, and the right to make network namespaces.");
        var network = new LossyNetwork();
        try
        {
            network.Open();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _isOver = true;
        if (_relay.IsAlive)
        {
            _relay.Join();
        }

        foreach (var device in _devices)
        {
            device?.Dispose();
        }

        Attempt.Run("ip", "netns", "del", ClientSpace);
        Attempt.Run("ip", "netns", "del", ServerSpace);
    }

    private void Open()
    {
        foreach (var (index, space, own, other) in ((int, string, string, string)[])[(0, ClientSpace, "10.77.0.1", ServerAddress), (1, ServerSpace, ServerAddress, "10.77.0.1")])
        {
            var device = $"{space}0";
            _devices[index] = TryOpenTun(device) ?? throw new InvalidOperationException($"The device {device} cannot be made.");

            // Of a run that died, and whose process id is ours now.
            _ = Attempt.Run("ip", "netns", "del", space);
            Must("ip", "netns", "add", space);
            Must("ip", "link", "set", device, "netns", space);
            Must("ip", "-n", space, "addr", "add", own, "peer", other, "dev", device);
            Must("ip", "-n", space, "link", "set", device, "up");
            HasNetem &= Attempt.Run("tc", "-n", space, "qdisc", "add", "dev", device, "root", "netem", "delay", "2ms", "1ms", "loss", "5%", "duplicate", "3%", "reorder", "20%") == 0;
        }

        _relay.Start();
    }

    private void Relay()
    {
        var buffer = new byte[65536];
        var polls = new PollFd[2];
        while (!_isOver)
        {
            polls[0] = new() { Fd = (int)_devices[0].DangerousGetHandle(), Events = PollIn };
            polls[1] = new() { Fd = (int)_devices[1].DangerousGetHandle(), Events = PollIn };
            _ = Poll(polls, 2, _waiting.Count > 0 ? 1 : 20);
            for (var from = 0; from < 2; from++)
            {
                if ((polls[from].Returned & PollIn) != 0 && Read(polls[from].Fd, buffer, buffer.Length) is > 0 and var length)
                {
                    Take(from, buffer.AsSpan(0, (int)length).ToArray());
                }
            }

            while (_waiting.TryPeek(out var next, out var due) && due <= Stopwatch.GetTimestamp())
            {
                _waiting.Dequeue();
                _ = Write(polls[next.To].Fd, next.Packet, next.Packet.Length);
            }
        }
    }

    // Counted, not thrown with dice: every run has loss, disorder and copies. Packets without data pass: a lost SYN would only make the test slow.
    private void Take(int from, byte[] packet)
    {
        var isData = packet.Length > 100 && packet[0] >> 4 == 4;
        var count = isData && !HasNetem ? ++_seen[from] : 0;
        if (count > 0 && count % 9 == 4)
        {
            Dropped += from == 0 ? 1 : 0;
            return;
        }

        var delay = count > 0 && count % 5 == 3 ? 12 : 2;
        _waiting.Enqueue((1 - from, packet), Stopwatch.GetTimestamp() + (delay * Stopwatch.Frequency / 1000));
        if (count > 0 && count % 11 == 7)
        {
            _waiting.Enqueue((1 - from, packet), Stopwatch.GetTimestamp() + (5 * Stopwatch.Frequency / 1000));
        }
    }

    private static SafeFileHandle? TryOpenTun(string name)
    {
        var device = new SafeFileHandle(Open("/dev/net/tun\0"u8.ToArray(), OpenReadWrite), ownsHandle: true);
        if (device.IsInvalid)
        {
            device.Dispose();
            return null;
        }

        var request = new byte[40];
        Encoding.ASCII.GetBytes(name, request);
        BitConverter.TryWriteBytes(request.AsSpan(16), TunWithoutInfo);
        if (Control((int)device.DangerousGetHandle(), SetInterface, request) == 0)
        {
            return device;
        }

        device.Dispose();
        return null;
    }

    private static void Must(params string[] line) => Assert.True(Attempt.Run(line) == 0, string.Join(' ', line));

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "ioctl")]
    private static extern int Control(int fd, ulong request, [In] byte[] argument);

    [DllImport("libc", EntryPoint = "poll")]
    private static extern int Poll([In, Out] PollFd[] fds, ulong count, int timeout);

    [DllImport("libc", EntryPoint = "read")]
    private static extern nint Read(int fd, [Out] byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "write")]
    private static extern nint Write(int fd, [In] byte[] buffer, nint count);
}
