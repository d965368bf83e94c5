namespace Sockeye.Cli.Connect;

/// <summary>Which events are shown: only some, all but some, those with a text in them.</summary>
internal sealed class EventFilter
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _only = new(StringComparer.Ordinal);
    private readonly HashSet<string> _muted = new(StringComparer.Ordinal);
    private string? _text;

    public void Only(IEnumerable<string> names)
    {
        lock (_gate)
        {
            _only.UnionWith(names);
            _muted.ExceptWith(_only);
        }
    }

    public void Mute(IEnumerable<string> names)
    {
        lock (_gate)
        {
            _muted.UnionWith(names);
            _only.ExceptWith(_muted);
        }
    }

    public void Text(string? text)
    {
        lock (_gate)
        {
            _text = text;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _only.Clear();
            _muted.Clear();
            _text = null;
        }
    }

    public bool Shows(WireEvent item)
    {
        lock (_gate)
        {
            return item.Name is not { } name
                || ((_only.Count == 0 || _only.Contains(name)) && !_muted.Contains(name) && (_text is null || name.Contains(_text, StringComparison.OrdinalIgnoreCase) || EventText.Arguments(item.Arguments).Contains(_text, StringComparison.OrdinalIgnoreCase)));
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            string?[] parts = [_only.Count > 0 ? $"only {string.Join(' ', _only)}" : null, _muted.Count > 0 ? $"without {string.Join(' ', _muted)}" : null, _text is null ? null : $"with \"{_text}\" in them"];
            var rule = string.Join(", ", parts.Where(part => part is not null));
            return rule.Length == 0 ? "All events are shown." : $"Events are shown: {rule}.";
        }
    }
}
