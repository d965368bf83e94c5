using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>The mapped Socket.IO server: an endpoint with its conventions, and the namespace "/" with its handlers.</summary>
public sealed class SocketIOEndpoint : NamespaceOperations, IEndpointConventionBuilder
{
    private readonly IEndpointConventionBuilder _conventions;

    internal SocketIOEndpoint(SocketIOServer server, IEndpointConventionBuilder conventions)
    {
        Server = server;
        _conventions = conventions;
    }

    /// <summary>The server, as injected.</summary>
    public SocketIOServer Server { get; }

    internal override HandlerSet Handlers => Server.Handlers;

    internal override PacketCodec Format => Server.Format;

    internal override ArgumentBinder Binder => Server.Binder;

    internal override Namespace[] Targets => Server.Targets;

    /// <inheritdoc cref="Namespace.Presence" />
    public NamespacePresence Presence => Server.Presence;

    /// <inheritdoc cref="SocketIOServer.Namespace(string)" />
    public Namespace Namespace(string name) => Server.Namespace(name);

    /// <inheritdoc cref="SocketIOServer.Namespace(Regex)" />
    public ParentNamespace Namespace(Regex pattern) => Server.Namespace(pattern);

    /// <inheritdoc cref="SocketIOServer.Namespace(Func{string, JsonElement, Task{bool}})" />
    public ParentNamespace Namespace(Func<string, JsonElement, Task<bool>> predicate) => Server.Namespace(predicate);

    /// <inheritdoc cref="SocketIOServer.OnNamespaceCreated" />
    public void OnNamespaceCreated(Action<Namespace> handler) => Server.OnNamespaceCreated(handler);

    /// <inheritdoc />
    public void Add(Action<EndpointBuilder> convention) => _conventions.Add(convention);

    /// <inheritdoc />
    public void Finally(Action<EndpointBuilder> finallyConvention) => _conventions.Finally(finallyConvention);

    /// <inheritdoc />
    public override string ToString() => Server.ToString();
}
