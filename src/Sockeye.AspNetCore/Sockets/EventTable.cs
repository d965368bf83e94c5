using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The handlers by event name, found by the name's UTF-8 bytes without making a string. Reads take no lock; a registration copies the table.</summary>
internal sealed class EventTable
{
    private readonly Lock _gate = new();
    private volatile Dictionary<string, EventInvoker> _handlers = new(Utf8NameComparer.Instance);

    public EventTable()
    {
    }

    public EventTable(EventTable other) => _handlers = other._handlers;

    public bool Contains(string name) => _handlers.ContainsKey(name);

    public EventInvoker? Find(string name) => _handlers.GetValueOrDefault(name);

    public EventInvoker? Find(ReadOnlySpan<byte> utf8Name) =>
        _handlers.Count > 0 && _handlers.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(utf8Name, out var handler) ? handler : null;

    public void Add(string name, EventInvoker handler, string owner)
    {
        CheckName(name);
        lock (_gate)
        {
            var copy = new Dictionary<string, EventInvoker>(_handlers, Utf8NameComparer.Instance);
            if (!copy.TryAdd(name, handler))
            {
                throw new InvalidOperationException(
                    $"The event \"{name}\" has a handler on {owner} already, and only one can give the acknowledgement. Do both things in one handler, take the first one away with Off(\"{name}\"), or observe with OnAny.");
            }

            _handlers = copy;
        }
    }

    public bool Remove(string name)
    {
        lock (_gate)
        {
            var copy = new Dictionary<string, EventInvoker>(_handlers, Utf8NameComparer.Instance);
            var removed = copy.Remove(name);
            _handlers = copy;
            return removed;
        }
    }

    private static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (PacketCodec.IsReservedEventName(name))
        {
            var instead = name switch
            {
                "connect" => " Use OnConnection.",
                "disconnect" => " Use OnDisconnect.",
                "disconnecting" => " Use OnDisconnecting.",
                _ => "",
            };
            throw new ArgumentException($"\"{name}\" is a reserved event name.{instead}");
        }
    }
}
