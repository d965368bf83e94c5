using Microsoft.AspNetCore.Http;

namespace Sockeye.AspNetCore.Engine;

// Sessions that this node does not have: another one may.
internal sealed partial class EngineEndpoint
{
    private const string EndedHere = "The session does not exist, or no longer: it ended, or another server holds it (then the load balancer needs session affinity).";

    private async Task AnswerUnknownAsync(HttpContext context, bool isWebSocket, string transport, string sid)
    {
        var detail = server.Relay is { } relay ? await relay.TryServeAsync(context, isWebSocket, sid) : EndedHere;
        if (detail is not null)
        {
            await RefuseUnknownAsync(context, isWebSocket, transport, sid, detail);
        }
    }

    private bool IsRelayed(HttpContext context) => server.Relay is not null && context.Features.Get<RelayHop>() is { IsValid: true };

    private bool IsRelease(HttpContext context) => server.Relay is not null && context.Features.Get<RelayHop>() is { IsRelease: true };
}
