namespace Sockeye.AspNetCore.Sockets;

/// <summary>A map by name that costs nothing while it has one entry, as most connections have one namespace. A mutable struct: keep it in a field. Not thread-safe.</summary>
internal struct SmallMap<T>
    where T : class
{
    private string? _name;
    private T? _value;
    private Dictionary<string, T?>? _many;

    public readonly int Count => _many?.Count ?? (_name is null ? 0 : 1);

    public readonly bool TryGetValue(string name, out T? value)
    {
        if (_many is not null)
        {
            return _many.TryGetValue(name, out value);
        }

        var found = _name == name;
        value = found ? _value : null;
        return found;
    }

    public void Set(string name, T? value)
    {
        if (_many is null && (_name is null || _name == name))
        {
            (_name, _value) = (name, value);
            return;
        }

        _many ??= new Dictionary<string, T?>(StringComparer.Ordinal) { [_name!] = _value };
        _many[name] = value;
        (_name, _value) = (null, null);
    }

    public void Remove(string name)
    {
        if (_name == name)
        {
            (_name, _value) = (null, null);
        }

        if (_many?.Remove(name) is true && _many.Count == 0)
        {
            _many = null;
        }
    }

    public void Clear() => this = default;

    /// <summary>The values that are not null.</summary>
    public readonly T[] Values() => _many is not null ? [.. _many.Values.OfType<T>()] : _value is not null ? [_value] : [];
}
