using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>One call of <c>AddSocketIO</c>: a server of the application. The one without a name is a plain singleton, the others are keyed ones.</summary>
internal sealed record SocketIORegistration(string Name)
{
    public SocketIOServer GetServer(IServiceProvider services) =>
        Name == Options.DefaultName ? services.GetRequiredService<SocketIOServer>() : services.GetRequiredKeyedService<SocketIOServer>(Name);

    public override string ToString() => Name == Options.DefaultName ? "the Socket.IO server" : $"the Socket.IO server \"{Name}\"";
}

/// <summary>What an endpoint knows of its server.</summary>
internal sealed record SocketIOEndpointMetadata(SocketIOServer Server)
{
    public override string ToString() => $"Socket.IO {Server.Name}".TrimEnd();
}
