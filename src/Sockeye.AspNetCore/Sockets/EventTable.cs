using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The server's event handlers: one for each name, and none for the names of the library.</summary>
internal sealed class EventTable
{
    private readonly HandlerTable<EventInvoker> _handlers;

    public EventTable() => _handlers = new HandlerTable<EventInvoker>();

    public EventTable(EventTable other) => _handlers = new HandlerTable<EventInvoker>(other._handlers);

    public bool Contains(string name) => _handlers.Contains(name);

    public EventInvoker? Find(string name) => _handlers.Find(name);

    public EventInvoker? Find(ReadOnlySpan<byte> utf8Name) => _handlers.Find(utf8Name);

    public void Add(string name, EventInvoker handler, string owner)
    {
        CheckName(name);
        if (!_handlers.TryAdd(name, handler))
        {
            throw new InvalidOperationException(
                $"The event \"{name}\" has a handler on {owner} already, and only one can give the acknowledgement. Do both things in one handler, take the first one away with Off(\"{name}\"), or observe with OnAny.");
        }
    }

    public bool Remove(string name) => _handlers.Remove(name);

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
