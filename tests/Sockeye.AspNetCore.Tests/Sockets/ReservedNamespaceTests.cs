using System.Text.RegularExpressions;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Names under which servers of a cluster talk to one another are no namespaces, whatever an application allows.</summary>
public sealed class ReservedNamespaceTests
{
    [Theory]
    [EachTransport]
    public async Task No_pattern_and_no_predicate_gives_a_client_a_channel_of_the_servers(Via via)
    {
        var asked = false;
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.Namespace(new Regex(".*", RegexOptions.None, TimeSpan.FromSeconds(1)));
            io.Namespace((_, _) => Task.FromResult(asked = true));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via, ns: "/any");
        await socket.Client.SendAsync("40/.sockeye/nodes,");
        Assert.Equal("""44/.sockeye/nodes,{"message":"Invalid namespace"}""", (await socket.Client.ReceiveAsync(packet => packet.Type == '4')).Text);
        Assert.False(asked);
        Assert.Throws<ArgumentException>(() => server.Io().Namespace(".sockeye/presence"));
        Assert.Throws<ArgumentException>(() => server.Io().Namespace("/.sockeye/nodes"));
    }
}
