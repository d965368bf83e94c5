using System.Buffers;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A snapshot of sockets in a pooled array, so that a broadcast neither holds the lock of the rooms while it sends nor allocates for its receivers. Dispose it.</summary>
internal ref struct Recipients
{
    private ServerSocket[] _buffer;
    private int _count;

    public static Recipients Rent(int capacity, long position) => new() { Position = position, _buffer = capacity == 0 ? [] : ArrayPool<ServerSocket>.Shared.Rent(capacity) };

    /// <summary>The place of this selection among all that the adapter does.</summary>
    public long Position { get; init; }

    public readonly int Count => _count;

    public readonly ReadOnlySpan<ServerSocket> Sockets => _buffer.AsSpan(0, _count);

    public void Add(ServerSocket socket) => _buffer[_count++] = socket;

    public void Dispose()
    {
        var buffer = _buffer;
        var count = _count;
        _buffer = [];
        _count = 0;
        if (buffer.Length > 0)
        {
            // The pool must not keep ended sockets alive.
            Array.Clear(buffer, 0, count);
            ArrayPool<ServerSocket>.Shared.Return(buffer);
        }
    }
}
