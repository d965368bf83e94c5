using System.Runtime.InteropServices;

namespace Sockeye.Bench.Load;

/// <summary>What the load needs of Linux: sockets(7), epoll(7), sched_setaffinity(2), setrlimit(2).</summary>
internal static unsafe partial class Native
{
    public const int EAgain = 11;
    public const int EIntr = 4;
    public const int MsgDontWait = 0x40;
    public const int MsgNoSignal = 0x4000;
    public const int EpollAdd = 1;
    public const int EpollModify = 3;
    public const uint EpollIn = 1;
    public const uint EpollOut = 4;
    private const int AfInet = 2;
    private const int SockStream = 1;
    private const int SockCloexec = 0x80000;
    private const int ResourceFiles = 7;

    // epoll_event is packed on x86-64 only (epoll_event(3type)).
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    public static int EventStride => Stride;

    public static int Connect(int port, int source, int receiveBuffer)
    {
        var socket = Check(NewSocket(AfInet, SockStream | SockCloexec, 0), "socket");
        var one = 1;
        _ = SetOption(socket, 6, 1, &one, sizeof(int)); // TCP_NODELAY
        if (receiveBuffer > 0)
        {
            _ = SetOption(socket, 1, 8, &receiveBuffer, sizeof(int)); // SO_RCVBUF
        }

        var address = stackalloc byte[16];
        if (source > 0)
        {
            // About 28,000 ports for each source address; the port is chosen at connect(2), so that one port serves several addresses.
            _ = SetOption(socket, 0, 24, &one, sizeof(int)); // IP_BIND_ADDRESS_NO_PORT
            WriteAddress(address, 0, (byte)(1 + source));
            Check(BindSocket(socket, address, 16), "bind");
        }

        WriteAddress(address, port, 1);
        Check(ConnectSocket(socket, address, 16), "connect");
        return socket;
    }

    public static void Watch(int epoll, int operation, int socket, uint events)
    {
        var data = stackalloc byte[16];
        *(uint*)data = events;
        *(int*)(data + Stride - 8) = socket;
        Check(EpollControl(epoll, operation, socket, data), "epoll_ctl");
    }

    /// <summary>All threads of this process, and those that they start, run on one core only.</summary>
    public static void PinTo(int core)
    {
        var mask = stackalloc ulong[16];
        mask[core / 64] = 1UL << (core % 64);
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            _ = SetAffinity(int.Parse(Path.GetFileName(task), null), 128, mask);
        }
    }

    /// <summary>As many files as asked for, or as many as may be. Children inherit it.</summary>
    public static long RaiseFileLimit(long wanted)
    {
        var limit = stackalloc ulong[2];
        limit[0] = limit[1] = (ulong)wanted;
        if (SetLimit(ResourceFiles, limit) != 0)
        {
            Check(GetLimit(ResourceFiles, limit), "getrlimit");
            limit[0] = limit[1];
            _ = SetLimit(ResourceFiles, limit);
        }

        return (long)limit[0];
    }

    public static int Check(int result, string call) =>
        result >= 0 ? result : throw new BenchException($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int count, int milliseconds);

    private static void WriteAddress(byte* address, int port, byte host)
    {
        new Span<byte>(address, 16).Clear();
        *(ushort*)address = AfInet;
        (address[2], address[3], address[4], address[7]) = ((byte)(port >> 8), (byte)port, 127, host);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NewSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int name, void* value, int length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int BindSocket(int socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectSocket(int socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int file, byte* data);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, ulong* limit);
}
