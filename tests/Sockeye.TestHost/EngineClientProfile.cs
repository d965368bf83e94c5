using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.TestHost;

/// <summary>The support server that the tests of engine.io-client ask for.</summary>
internal static class EngineClientProfile
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapEngineIO("/engine.io", new Replies(endpoints.ServiceProvider.GetRequiredService<IHttpContextAccessor>()), options =>
        {
            options.PingInterval = TimeSpan.FromMilliseconds(500);
            options.MaxPayload = 100;
            options.AllowRequest = context => new(context.Request.Query.ContainsKey("deny") ? "Forbidden" : null);
            options.OnInitialHeaders = context => context.Response.Headers.Append(
                "Set-Cookie",
                (string[])["1=1; Max-Age=86400", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict", "3=3; Max-Age=0", $"4=4; Expires={DateTime.UtcNow.ToString("R", CultureInfo.InvariantCulture)}"]);
        });

    /// <summary>A message is delivered within the request that brought it, which is how its headers are found.</summary>
    private sealed class Replies(IHttpContextAccessor request) : IEngineHandler
    {
        public void OnOpen(EngineSession session) => session.Send(OutboundMessage.Text("hi"));

        public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) => session.Send((isBinary ? null : Encoding.UTF8.GetString(data)) switch
        {
            null => OutboundMessage.Binary(data.ToArray()),
            "give binary" => OutboundMessage.Binary(new byte[] { 0, 1, 2, 3, 4 }),
            "give utf8" => OutboundMessage.Text("пойду спать всем спокойной ночи"),
            "sendHeaders" => OutboundMessage.Text(HeadersOf(request.HttpContext!.Request)),
            var text => OutboundMessage.Text(text),
        });

        public void OnClose(EngineSession session, EngineCloseReason reason, string? detail)
        {
        }

        private static string HeadersOf(HttpRequest request)
        {
            var headers = new JsonObject();
            foreach (var (name, value) in request.Headers)
            {
                headers[name.ToLowerInvariant()] = value.ToString();
            }

            return headers.ToJsonString();
        }
    }
}
