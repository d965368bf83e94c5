using System.Runtime.InteropServices;

namespace Sockeye.AspNetCore.Epoll;

/// <summary>
/// The system calls of the engine: all of its unsafe code is here. Each gives what the call gave, or the error's number below zero, as the kernel itself does.
/// Calls that a signal interrupted (EINTR) are made again. None can block, since every socket is non-blocking; only <see cref="Wait"/> does, and is meant to.
/// </summary>
internal static unsafe partial class Native
{
    /// <summary>man 2 send: no SIGPIPE for a peer that has gone. man 2 epoll_ctl for the rest.</summary>
    private const int NoSignal = 0x4000;

    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    public const int MaxAddressSize = 128;

    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;
    public const uint PeerHangUp = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    public const int Again = -11;
    public const int BadDescriptor = -9;
    public const int NoMemory = -12;
    public const int TooManyFilesInSystem = -23;
    public const int TooManyFiles = -24;
    public const int BrokenPipe = -32;
    public const int ConnectionReset = -104;
    public const int NoBuffers = -105;

    /// <summary>The most buffers that one gathered write takes; IOV_MAX is 1024.</summary>
    public const int MaxGathered = 64;

    private const int Interrupted = 4;

    /// <summary>struct epoll_event is packed on x64 only (sys/epoll.h).</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 12 : 16;

    /// <summary>The number of gettid in asm/unistd.h. Its function in libc is younger than distributions that are still in use (glibc 2.30).</summary>
    private static readonly int GetThreadNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 186,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 178,
        Architecture.S390x => 236,
        Architecture.Ppc64le => 207,
        _ => 0,
    };

    private static readonly int EventData = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;

    public static int CreateEpoll() => Result(epoll_create1(CloseOnExec));

    public static int CreateEvent() => Result(eventfd(0, NonBlocking | CloseOnExec));

    /// <summary>Has an epoll descriptor tell of a descriptor.</summary>
    public static int Add(int epoll, int descriptor, uint events) => Control(epoll, operation: 1, descriptor, events);

    /// <summary>Has it tell no more.</summary>
    public static int Remove(int epoll, int descriptor) => Control(epoll, operation: 2, descriptor, events: 0);

    /// <summary>Waits until one of the descriptors is ready, for the milliseconds given; -1: for ever.</summary>
    public static int Wait(int epoll, Span<(int Descriptor, uint Events)> ready, int timeout)
    {
        var buffer = stackalloc byte[ready.Length * EventSize];
        int count;
        do
        {
            count = epoll_wait(epoll, buffer, ready.Length, timeout);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        for (var i = 0; i < count; i++)
        {
            var entry = buffer + (i * EventSize);
            ready[i] = (*(int*)(entry + EventData), *(uint*)entry);
        }

        return Result(count);
    }

    /// <summary>Makes an event descriptor readable.</summary>
    public static void Signal(int descriptor)
    {
        var one = 1UL;
        _ = write(descriptor, &one, sizeof(ulong));
    }

    /// <summary>Makes it unreadable again.</summary>
    public static void TakeSignal(int descriptor)
    {
        ulong value;
        _ = read(descriptor, &value, sizeof(ulong));
    }

    /// <summary>Takes a connection from a listening socket, and the peer's address.</summary>
    public static int Accept(int listener, Span<byte> address, out int addressLength)
    {
        fixed (byte* start = address)
        {
            int descriptor;
            int length;
            do
            {
                length = address.Length;
                descriptor = accept4(listener, start, &length, NonBlocking | CloseOnExec);
            }
            while (descriptor < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            addressLength = length;
            return Result(descriptor);
        }
    }

    /// <summary>The local address of a connection.</summary>
    public static int GetLocalAddress(int descriptor, Span<byte> address, out int addressLength)
    {
        fixed (byte* start = address)
        {
            var length = address.Length;
            var result = getsockname(descriptor, start, &length);
            addressLength = length;
            return Result(result);
        }
    }

    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = recv(descriptor, start, (nuint)buffer.Length, 0);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            return Result((int)count);
        }
    }

    public static int Send(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            nint count;
            do
            {
                count = send(descriptor, start, (nuint)data.Length, NoSignal);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            return Result((int)count);
        }
    }

    /// <summary>Sends several buffers in one call.</summary>
    public static int Send(int descriptor, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        var count = Math.Min(parts.Length, MaxGathered);
        var pins = new PinnedParts();
        var vectors = stackalloc Vector[count];
        try
        {
            for (var i = 0; i < count; i++)
            {
                pins[i] = parts[i].Pin();
                vectors[i] = new Vector { Start = pins[i].Pointer, Length = (nuint)parts[i].Length };
            }

            var message = new Message { Vectors = vectors, VectorCount = (nuint)count };
            nint sent;
            do
            {
                sent = sendmsg(descriptor, &message, NoSignal);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            return Result((int)sent);
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                pins[i].Dispose();
            }
        }
    }

    /// <summary>Ends our side: the peer reads to the end of what was sent, then sees the end.</summary>
    public static void EndSending(int descriptor) => _ = shutdown(descriptor, how: 1);

    /// <summary>Closes a descriptor; with a reset what the peer has not read yet is thrown away (man 7 socket, SO_LINGER of zero).</summary>
    public static void Close(int descriptor, bool reset = false)
    {
        if (reset)
        {
            // struct linger: on, for no time.
            var linger = stackalloc int[] { 1, 0 };
            _ = setsockopt(descriptor, level: 1, name: 13, linger, sizeof(int) * 2);
        }

        // Not again after EINTR: the descriptor is closed in any case (man 2 close).
        _ = close(descriptor);
    }

    /// <summary>The kernel's number of this thread; 0 if nobody knows.</summary>
    public static int GetThread() => GetThreadNumber == 0 ? 0 : (int)syscall(GetThreadNumber);

    /// <summary>Whether a thread runs or waits for a processor only (man 5 proc, stat: R). False if it waits for anything else, or nobody knows.</summary>
    public static bool IsRunnable(int thread)
    {
        try
        {
            using var file = File.OpenHandle($"/proc/self/task/{thread}/stat");
            Span<byte> stat = stackalloc byte[128];
            stat = stat[..RandomAccess.Read(file, stat, 0)];
            // The state stands behind the name, which is in brackets and may have some itself.
            var state = stat.LastIndexOf(")"u8) + 2;
            return state > 1 && state < stat.Length && stat[state] == (byte)'R';
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int Control(int epoll, int operation, int descriptor, uint events)
    {
        var entry = stackalloc byte[16];
        *(ulong*)entry = 0;
        *(ulong*)(entry + 8) = 0;
        *(uint*)entry = events;
        *(int*)(entry + EventData) = descriptor;
        return Result(epoll_ctl(epoll, operation, descriptor, entry));
    }

    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* entries, int count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int descriptor, byte* address, int* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int descriptor, byte* address, int* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int descriptor, Message* message, int flags);

    [LibraryImport("libc")]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc")]
    private static partial int setsockopt(int descriptor, int level, int name, void* value, int length);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    /// <summary>struct iovec.</summary>
    private struct Vector
    {
        public void* Start;
        public nuint Length;
    }

    /// <summary>struct msghdr, on 64 bits.</summary>
    private struct Message
    {
        public void* Name;
        public nuint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public void* Ancillary;
        public nuint AncillaryLength;
        public nuint Flags;
    }

    [System.Runtime.CompilerServices.InlineArray(MaxGathered)]
    private struct PinnedParts
    {
        private System.Buffers.MemoryHandle _first;
    }
}
