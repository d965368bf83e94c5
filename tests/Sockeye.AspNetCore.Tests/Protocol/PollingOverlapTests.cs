using System.Net;
using System.Text;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>Where one request of a polling session ends and the next begins.</summary>
public sealed class PollingOverlapTests(PatientProtocolServer server) : IClassFixture<PatientProtocolServer>
{
    [Fact]
    public async Task A_client_that_has_its_ok_may_post_again_at_once_over_another_connection()
    {
        var client = server.Engine.Polling();
        await client.OpenAsync();
        await using var even = await server.Kestrel.TcpAsync();
        await using var odd = await server.Kestrel.TcpAsync();
        for (var i = 0; i < 1000; i++)
        {
            var tcp = i % 2 == 0 ? even : odd;
            await tcp.SendAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n4x");
            Assert.StartsWith("HTTP/1.1 200 ", await tcp.ReadHeadAsync());
            Assert.Equal("ok", Encoding.ASCII.GetString(await tcp.ReadExactlyAsync(2)));
        }

        var poll = await client.PollAsync();
        Assert.Equal(HttpStatusCode.OK, poll.Status);
        Assert.All(poll.Packets, packet => Assert.Equal("4x", packet));
    }
}
