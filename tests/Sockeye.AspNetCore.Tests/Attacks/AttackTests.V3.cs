using System.Net;
using System.Text;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Attacks;

// The same by way of revision 3 and of JSONP, whose payloads have lengths that can lie.
public sealed partial class AttackTests
{
    private static readonly Dictionary<string, Func<KestrelServer, Task>> AttacksV3 = new()
    {
        ["a length without an end"] = server => ExpectMalformedAsync(server, new string('9', MaxPayload - 1)),
        ["a length beyond the payload"] = server => ExpectMalformedAsync(server, "99999:4a"),
        ["a length beyond memory"] = server => ExpectMalformedAsync(server, "9999999999:4a"),
        ["a negative length"] = server => ExpectMalformedAsync(server, "-1:4a"),
        ["a length in the middle of a character"] = server => ExpectMalformedAsync(server, "2:4\ud83d\udc1f"),
        ["a body of revision 4"] = server => ExpectMalformedAsync(server, "42[\"say\",1,1]"),
        ["empty packets without end"] = server => ExpectMalformedAsync(server, string.Concat(Enumerable.Repeat("0:", MaxPayload / 2))),
        ["bytes of an unknown kind"] = server => ExpectMalformedBytesAsync(server, [9, 1, 0xFF, (byte)'6']),
        ["digits that are none"] = server => ExpectMalformedBytesAsync(server, [0, 77, 0xFF, (byte)'6']),
        ["a length of bytes without an end"] = server => ExpectMalformedBytesAsync(server, new byte[MaxPayload]),
        ["a length of bytes beyond the payload"] = server => ExpectMalformedBytesAsync(server, [1, 9, 9, 9, 9, 9, 9, 9, 9, 0xFF, 4]),
        ["bytes of no packet type"] = server => ExpectMalformedBytesAsync(server, [1, 2, 0xFF, 77, 1]),
        ["huge POST of revision 3"] = async server =>
        {
            var polling = await OpenV3Async(server);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await polling.PostBytesAsync(new byte[MaxPayload + 1])).Status);
        },
        ["pings without end"] = async server =>
        {
            var polling = await OpenV3Async(server);
            for (var i = 0; i < 20; i++)
            {
                await polling.SendPacketsAsync([.. Enumerable.Repeat("2", 16_000)]);
            }

            Assert.Equal("1:3", (await polling.PollAsync()).Text);
        },
        ["a pong in the wrong direction"] = async server =>
        {
            var polling = await OpenV3Async(server);
            await polling.SendPacketsAsync("3");
            await polling.ExpectUnknownAsync();
        },
        ["bytes by WebSocket without a type"] = async server =>
        {
            await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
            await client.ExpectAsync("40");
            await client.SendAsync("b");
            await client.WaitForCloseAsync();
        },
        ["a query without end"] = async server =>
        {
            await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
            await client.ExpectAsync("40");
            await client.SendAsync("40/room-1?" + string.Concat(Enumerable.Repeat("a&", 10_000)));
            await client.WaitForCloseAsync();
        },
        ["rooms of the client's own naming"] = async server =>
        {
            await using var client = await EngineClientV3.OpenAsync(server, Via.WebSocket);
            await client.ExpectAsync("40");
            for (var i = 0; i < 300; i++)
            {
                await client.SendAsync($"40/room-{i}?n={i}");
            }

            var refused = 0;
            for (var i = 0; i < 300; i++)
            {
                refused += ((string)await client.ReceiveAsync()).StartsWith("44", StringComparison.Ordinal) ? 1 : 0;
            }

            Assert.Equal(300 - 99, refused);
        },
        ["forms without end"] = async server =>
        {
            var sid = await OpenJsonpAsync(server);
            var form = string.Concat(Enumerable.Repeat("d=&", MaxPayload / 3));
            Assert.Equal("ok", (await PostFormAsync(server, sid, form)).Body);
            Assert.Equal("ok", (await PostFormAsync(server, sid, "d=" + string.Concat(Enumerable.Repeat("%", MaxPayload - 2)))).Body);
            Assert.Equal(HttpStatusCode.BadRequest, (await PostFormAsync(server, sid, "d=1:6")).Status);
        },
        ["a callback that is code"] = async server =>
            Assert.StartsWith("___eio[1](\"", (await server.Polling().SendAsync(HttpMethod.Get, $"EIO=3&transport=polling&j={Uri.EscapeDataString("</script>1;alert()")}")).Body, StringComparison.Ordinal),
    };

    private static async Task<RawPollingClientV3> OpenV3Async(KestrelServer server)
    {
        var polling = new RawPollingClientV3(server.Http, "/socket.io/");
        Assert.Equal("40", (await polling.OpenAsync()).Packets[1]);
        return polling;
    }

    private static async Task ExpectMalformedAsync(KestrelServer server, string payload)
    {
        var polling = await OpenV3Async(server);
        var response = await polling.PostAsync(payload);
        Assert.Equal((HttpStatusCode.OK, "ok"), (response.Status, response.Text));
        await polling.ExpectUnknownAsync();
    }

    private static async Task ExpectMalformedBytesAsync(KestrelServer server, byte[] payload)
    {
        var polling = await OpenV3Async(server);
        var response = await polling.PostBytesAsync(payload);
        Assert.Equal((HttpStatusCode.OK, "ok"), (response.Status, response.Text));
        await polling.ExpectUnknownAsync();
    }

    private static async Task<string> OpenJsonpAsync(KestrelServer server)
    {
        var opened = (await server.Polling().SendAsync(HttpMethod.Get, "EIO=3&transport=polling&j=0")).Body;
        const string Mark = "\\\"sid\\\":\\\"";
        var start = opened.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return opened.Substring(start, 20);
    }

    private static Task<RawResponse> PostFormAsync(KestrelServer server, string sid, string form) =>
        server.Polling().SendAsync(HttpMethod.Post, $"EIO=3&transport=polling&j=0&sid={sid}", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));
}
