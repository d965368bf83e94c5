using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// A family of dynamic namespaces: a client that asks for a name that matches gets a namespace of that name, made with the handlers registered here until then.
/// What is sent goes to all its namespaces.
/// </summary>
public sealed partial class ParentNamespace : NamespaceOperations
{
    private readonly SocketIOServer _server;
    private readonly Regex? _pattern;
    private readonly Func<string, JsonElement, Task<bool>>? _predicate;
    private readonly ConcurrentDictionary<string, Namespace> _children = new(StringComparer.Ordinal);

    internal ParentNamespace(SocketIOServer server, Regex pattern)
    {
        _server = server;
        _pattern = pattern;
    }

    internal ParentNamespace(SocketIOServer server, Func<string, JsonElement, Task<bool>> predicate)
    {
        _server = server;
        _predicate = predicate;
    }

    /// <summary>The namespaces that exist at this moment.</summary>
    public IReadOnlyCollection<Namespace> Children => [.. _children.Values];

    internal override HandlerSet Handlers { get; } = new();

    internal override PacketCodec Format => _server.Format;

    internal override ArgumentBinder Binder => _server.Binder;

    internal override Namespace[] Targets => [.. _children.Values];

    /// <summary>Not supported, as officially: ask each of the <see cref="Children"/>.</summary>
    public override Task<IReadOnlyList<RemoteSocket>> FetchSocketsAsync() => throw new NotSupportedException("fetchSockets() is not supported on parent namespaces");

    /// <inheritdoc />
    public override string ToString() => _pattern is null ? "the namespaces of a predicate" : $"the namespaces {_pattern}";

    /// <summary>Whether the pattern matches; a predicate is not asked.</summary>
    internal bool MatchesPattern(string name) => _pattern?.IsMatch(name) == true;

    internal async ValueTask<bool> MatchesAsync(string name, JsonElement auth) =>
        _predicate is null ? MatchesPattern(name) : await _predicate(name, auth).ConfigureAwait(false);

    internal Namespace CreateChild(string name)
    {
        var child = new Namespace(_server, name, Handlers.Copy(), this);
        _children[name] = child;
        return child;
    }

    internal void Remove(Namespace child) => _children.TryRemove(new(child.Name, child));
}
