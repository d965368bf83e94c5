using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>All namespaces of a server by name, and how dynamic ones come and go. A name is made once, however many clients ask for it together.</summary>
internal sealed class NamespaceTable(SocketIOServer server)
{
    /// <summary>Names of the servers' own channels between nodes: no namespace of an application, or its clients could hear what servers tell one another.</summary>
    public const string ReservedPrefix = "/.sockeye/";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);

    /// <summary>Made, but the hooks have not all seen them: not yet open to clients.</summary>
    private readonly Dictionary<string, Namespace> _unpublished = new(StringComparer.Ordinal);

    private CopyOnWriteList<ParentNamespace> _parents;
    private CopyOnWriteList<Action<Namespace>> _created;

    public bool HasParents => _parents.Items.Length > 0;

    public ICollection<Namespace> All => _namespaces.Values;

    /// <summary>The namespaces and the families of dynamic ones.</summary>
    public IEnumerable<NamespaceOperations> AllOperations => [.. _parents.Items, .. _namespaces.Values];

    public Namespace? Find(string name) => _namespaces.GetValueOrDefault(name);

    public void AddCreatedHandler(Action<Namespace> handler) => _created.Add(handler);

    public ParentNamespace AddParent(ParentNamespace parent)
    {
        _parents.Add(parent);
        return parent;
    }

    /// <summary>The namespace that the application names; it belongs to the family whose pattern it matches, if any.</summary>
    public Namespace GetOrAdd(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        name = name.StartsWith('/') ? name : "/" + name;
        if (name.Contains(',') || Encoding.UTF8.GetByteCount(name) > server.PacketLimits.MaxNamespaceLength)
        {
            throw new ArgumentException($"No client could join \"{name}\": a namespace has no comma in it and at most {server.PacketLimits.MaxNamespaceLength} bytes.", nameof(name));
        }

        if (IsReserved(name))
        {
            throw new ArgumentException($"\"{name}\" is reserved: names that begin with {ReservedPrefix} are for what servers tell one another.", nameof(name));
        }

        return Find(name) ?? Create(name, Array.Find(_parents.Items, parent => parent.MatchesPattern(name)));
    }

    /// <summary>For a client: the families in the order of their registration; the first that takes the name makes it. Null: none does.</summary>
    public async ValueTask<Namespace?> CreateChildAsync(string name, JsonElement auth)
    {
        if (IsReserved(name))
        {
            return null;
        }

        foreach (var parent in _parents.Items)
        {
            try
            {
                if (await parent.MatchesAsync(name, auth).ConfigureAwait(false))
                {
                    var child = Create(name, parent);
                    if (child.Cluster is { } cluster)
                    {
                        // A client that is in must hear what other servers send. If that fails it is logged, tried again, and the client is let in.
                        await cluster.Joined.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    }

                    return child;
                }
            }
            catch (Exception e)
            {
                // As officially, an error is a no; the next family is asked.
                server.Metrics.HandlerFailed();
                server.Log.HandlerFailed("namespace", "", name, e);
            }
        }

        return null;
    }

    public void Remove(Namespace child)
    {
        child.Parent?.Remove(child);
        _namespaces.TryRemove(new(child.Name, child));
        _ = child.Cluster?.CloseAsync();
    }

    private static bool IsReserved(string name) => name.StartsWith(ReservedPrefix, StringComparison.Ordinal);

    private Namespace Create(string name, ParentNamespace? parent)
    {
        // The lock is held over the hooks, so that no client comes in before they have added their handlers.
        lock (_gate)
        {
            if (Find(name) is { } existing)
            {
                return existing;
            }

            if (_unpublished.TryGetValue(name, out var unpublished))
            {
                return unpublished;
            }

            var created = parent?.CreateChild(name) ?? new Namespace(server, name, new HandlerSet(), null);
            _unpublished.Add(name, created);
            RaiseCreated(created);
            _unpublished.Remove(name);
            _namespaces[name] = created;
            return created;
        }
    }

    private void RaiseCreated(Namespace created)
    {
        if (created.Name == "/")
        {
            return;
        }

        foreach (var handler in _created.Items)
        {
            try
            {
                handler(created);
            }
            catch (Exception e)
            {
                server.Metrics.HandlerFailed();
                server.Log.HandlerFailed("namespace created", "", created.Name, e);
            }
        }
    }
}
