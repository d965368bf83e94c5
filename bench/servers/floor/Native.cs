using System.Runtime.InteropServices;

namespace Sockeye.BenchServer.Floor;

/// <summary>What it needs of Linux: socket(7), tcp(7), epoll(7).</summary>
internal static unsafe partial class Native
{
    private const int NonBlocking = 0x800;
    private const int NoSignal = 0x4000;

    // epoll_event is packed on x86-64 only (epoll_event(3type)).
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    public static int Listen(int port)
    {
        var listener = NewSocket(2, 1, 0);
        var one = 1;
        _ = SetOption(listener, 1, 2, &one, sizeof(int)); // SO_REUSEADDR
        var address = stackalloc byte[] { 2, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
        return BindSocket(listener, address, 16) == 0 && ListenOn(listener, 4096) == 0 ? listener : throw new IOException($"Cannot listen on port {port}.");
    }

    /// <summary>The next connection; below zero: there is none.</summary>
    public static int Accept(int listener)
    {
        var socket = Accept(listener, null, null, NonBlocking);
        var one = 1;
        _ = SetOption(socket, 6, 1, &one, sizeof(int)); // TCP_NODELAY
        return socket;
    }

    public static int NewEpoll() => EpollCreate(0);

    /// <summary>Reports when there is something to read; with <paramref name="edge"/> only when something came, and when there is room to write again.</summary>
    public static void Watch(int epoll, int socket, bool edge)
    {
        var data = stackalloc byte[16];
        *(uint*)data = edge ? 1u | 4 | 0x80000000 : 1;
        *(int*)(data + Stride - 8) = socket;
        _ = EpollControl(epoll, 1, socket, data);
    }

    public static int Wait(int epoll, Span<int> ready)
    {
        var events = stackalloc byte[16 * ready.Length];
        var count = EpollWait(epoll, events, ready.Length, -1);
        for (var i = 0; i < count; i++)
        {
            ready[i] = *(int*)(events + (i * Stride) + Stride - 8);
        }

        return Math.Max(0, count);
    }

    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Receive(socket, start, buffer.Length, 0);
        }
    }

    public static int Send(int socket, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            return (int)Send(socket, start, data.Length, NoSignal);
        }
    }

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int NewSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int name, void* value, int length);

    [LibraryImport("libc", EntryPoint = "bind")]
    private static partial int BindSocket(int socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "listen")]
    private static partial int ListenOn(int socket, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4")]
    private static partial int Accept(int listener, void* address, void* length, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    private static partial int EpollControl(int epoll, int operation, int file, byte* data);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    private static partial int EpollWait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Receive(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(int socket, byte* buffer, nint length, int flags);
}
