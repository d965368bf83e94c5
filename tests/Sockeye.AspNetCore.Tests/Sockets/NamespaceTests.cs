using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Namespaces: joining, leaving, and what reaches whom.</summary>
public sealed class NamespaceTests
{
    [Fact]
    public async Task SIO_N_01_SIO_N_08_the_server_is_the_namespace_slash_and_names_get_a_leading_slash()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => journal.Add($"{socket.Namespace.Name} {ReferenceEquals(socket.Namespace, io.Namespace("/"))}"));
            Assert.Same(io.Namespace("/"), io.Namespace(""));
            Assert.Same(io.Namespace("/"), io.Server.Namespace("/"));
            Assert.Equal("/abc", io.Namespace("abc").Name);
            Assert.Same(io.Namespace("/abc"), io.Namespace("abc"));
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server);
        await journal.ExpectAsync("/ True");
    }

    [Theory]
    [EachTransport]
    public async Task SIO_N_04_SIO_N_05_SIO_N_06_a_client_connects_and_every_connection_handler_gets_its_socket(Via via)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.OnConnection(socket => journal.Add($"first {socket.Id} {socket.Connected}"));
            io.OnConnection(async socket =>
            {
                await Task.Yield();
                journal.Add($"second {socket.Id} {socket.Conn.TransportName}");
            });
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, via);
        await client.SendAsync("40");
        var answer = await client.ReceiveAsync();
        Assert.Matches("""^40\{"sid":"[A-Za-z0-9_-]{20}"\}$""", answer.Text);
        var id = answer.Data.GetProperty("sid").GetString();
        Assert.NotEqual(client.Sid, id);
        await journal.ExpectAsync($"first {id} True", $"second {id} {(via is Via.Polling ? "polling" : "websocket")}");
    }
}
