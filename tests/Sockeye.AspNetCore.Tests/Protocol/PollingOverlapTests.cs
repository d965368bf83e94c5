using System.Net;
using System.Text;

namespace Sockeye.AspNetCore.Tests.Protocol;

/// <summary>Where one request of a polling session ends and the next begins.</summary>
public sealed class PollingOverlapTests(PatientProtocolServer server) : IClassFixture<PatientProtocolServer>
{
    // Eight sessions at once: the moment between the answer and the end of the request is short, and a busy machine makes it longer.
    [Fact]
    public Task A_client_that_has_its_ok_may_post_again_at_once_over_another_connection() =>
        Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostOverTwoConnectionsAsync(posts: 300)));

    private async Task PostOverTwoConnectionsAsync(int posts)
    {
        var client = server.Engine.Polling();
        await client.OpenAsync();
        await using var even = await server.Kestrel.TcpAsync();
        await using var odd = await server.Kestrel.TcpAsync();
        for (var i = 0; i < posts; i++)
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
