using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

public sealed class WebTransportHandshakeTests
{
    [Fact]
    public async Task SIO_S_39_a_client_by_WebTransport_alone_is_secure_and_brought_no_headers_and_no_query()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options =>
        {
            options.Transports |= EngineTransports.WebTransport;
            options.FindWebTransportProblem = () => null;
        });
        await using var app = builder.Build();
        var connected = new TaskCompletionSource<Handshake>(TaskCreationOptions.RunContinuationsAsynchronously);
        app.MapSocketIO().OnConnection(socket => connected.SetResult(socket.Handshake));
        await app.StartAsync(TestContext.Current.CancellationToken);

        var client = await WebTransportClient.ConnectAsync(app.GetTestServer(), "/socket.io/", context => context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.Headers = new HeaderDictionary());
        client.OpenStream();
        await client.SendAsync("0");
        Assert.StartsWith("0{", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        await client.SendAsync("""40{"token":"a"}""");
        Assert.StartsWith("""40{"sid":""", await client.ReceiveTextAsync(), StringComparison.Ordinal);
        var handshake = await connected.Task.Within();
        Assert.True(handshake.Secure);
        Assert.Empty(handshake.Headers);
        Assert.Empty(handshake.Query);
        Assert.Equal("/socket.io/", handshake.Url);
        Assert.Null(handshake.Address);
        Assert.Equal("a", handshake.ToJson().GetProperty("auth").GetProperty("token").GetString());
    }
}
