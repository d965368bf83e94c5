using System.Text;
using System.Text.Json;

namespace Sockeye.Cli.Connect;

/// <summary>What has been seen: the last events, the names with how often they came, and what their arguments look like. Thread-safe; bounded, whatever the server sends.</summary>
internal sealed class EventMemory
{
    public const int MaxNames = 1000;
    private const int MaxEvents = 500;
    private const long MaxBytes = 16 * 1024 * 1024;
    private const int MaxShapeLength = 400;
    private const int MaxShapes = 8;

    private readonly Lock _gate = new();
    private readonly Queue<WireEvent> _last = new();
    private readonly Dictionary<string, Seen> _names = new(StringComparer.Ordinal);
    private long _bytes;

    public void Add(WireEvent item)
    {
        lock (_gate)
        {
            _last.Enqueue(item);
            _bytes += item.Arguments.Size;
            while (_last.Count > MaxEvents || (_bytes > MaxBytes && _last.Count > 1))
            {
                _bytes -= _last.Dequeue().Arguments.Size;
            }

            if (item.Name is null || (!_names.TryGetValue(item.Name, out var seen) && _names.Count == MaxNames))
            {
                return;
            }

            _names[item.Name] = seen = seen ?? new Seen();
            _ = item.Outgoing ? seen.Sent++ : seen.Received++;
            for (var i = 0; i < Math.Min(item.Arguments.Count, MaxShapes); i++)
            {
                var shape = Shape(item, i);
                if (i == seen.Shapes.Count)
                {
                    seen.Shapes.Add(shape);
                }
                else
                {
                    seen.Shapes[i] = shape;
                }
            }
        }
    }

    /// <summary>The names of all events, sorted, with how many were received and sent.</summary>
    public (string Name, int Received, int Sent)[] Names()
    {
        lock (_gate)
        {
            return [.. _names.Select(pair => (pair.Key, pair.Value.Received, pair.Value.Sent)).OrderBy(item => item.Key, StringComparer.Ordinal)];
        }
    }

    /// <summary>The last events, oldest first.</summary>
    public WireEvent[] Last(int count, Func<WireEvent, bool> match)
    {
        lock (_gate)
        {
            return [.. _last.Where(match).TakeLast(count)];
        }
    }

    /// <summary>An argument of the event's last use with empty values, ready to be filled in: <c>{"room":"","text":""}</c>. Null: not seen yet, or too long.</summary>
    public string? ShapeOf(string name, int argument)
    {
        lock (_gate)
        {
            return _names.TryGetValue(name, out var seen) && argument < seen.Shapes.Count && seen.Shapes[argument] is { Length: > 0 } shape ? shape : null;
        }
    }

    /// <summary>The names of members in the event's arguments.</summary>
    public IReadOnlyCollection<string> KeysOf(string name)
    {
        lock (_gate)
        {
            var keys = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var shape in _names.TryGetValue(name, out var seen) ? seen.Shapes.Where(shape => shape.Length > 0) : [])
            {
                using var document = JsonDocument.Parse(shape);
                AddKeys(document.RootElement, keys);
            }

            return keys;
        }
    }

    private static string Shape(WireEvent item, int argument)
    {
        if (item.Arguments.GetJson(argument).Length > MaxShapeLength * 4)
        {
            return "";
        }

        var shape = new StringBuilder();
        Append(shape, item.Arguments.GetElement(argument));
        return shape.Length <= MaxShapeLength ? shape.ToString() : "";
    }

    private static void Append(StringBuilder shape, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                shape.Append('{');
                foreach (var (index, member) in element.EnumerateObject().Index())
                {
                    shape.Append(index > 0 ? "," : "").Append('"').Append(Encoding.UTF8.GetString(Arguments.RawName(member))).Append("\":");
                    Append(shape, member.Value);
                }

                shape.Append('}');
                break;
            case JsonValueKind.Array:
                shape.Append("[]");
                break;
            case JsonValueKind.String:
                shape.Append("\"\"");
                break;
            case JsonValueKind.Number:
                shape.Append('0');
                break;
            default:
                shape.Append(element.GetRawText());
                break;
        }
    }

    private static void AddKeys(JsonElement element, SortedSet<string> keys)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                keys.Add(Encoding.UTF8.GetString(Arguments.RawName(member)));
                AddKeys(member.Value, keys);
            }
        }
    }

    private sealed class Seen
    {
        public int Received { get; set; }

        public int Sent { get; set; }

        public List<string> Shapes { get; } = [];
    }
}
