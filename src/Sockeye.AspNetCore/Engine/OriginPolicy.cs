using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// Whether a browser's page may open a WebSocket here (cross-site WebSocket hijacking, RFC 6455 section 10.2): a page of this host, or of an origin that the CORS
/// policy of the endpoint allows. Requests without Origin are not from browsers.
/// </summary>
internal static class OriginPolicy
{
    public static async ValueTask<bool> IsAllowedAsync(HttpContext context)
    {
        string? origin = context.Request.Headers.Origin;
        if (string.IsNullOrEmpty(origin))
        {
            return true;
        }

        // Hosts are compared without scheme and port: TLS may end at a proxy, and cookies do not know ports either.
        if (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Host, context.Request.Host.Host, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return await FindPolicyAsync(context) is { } policy
            && context.RequestServices.GetService<ICorsService>() is { } cors
            && cors.EvaluatePolicy(context, policy).IsOriginAllowed;
    }

    private static async ValueTask<CorsPolicy?> FindPolicyAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<IDisableCorsAttribute>() is not null)
        {
            return null;
        }

        if (metadata?.GetMetadata<ICorsPolicyMetadata>() is { } inline)
        {
            return inline.Policy;
        }

        // A null name asks for the default policy.
        return context.RequestServices.GetService<ICorsPolicyProvider>() is { } provider
            ? await provider.GetPolicyAsync(context, metadata?.GetMetadata<IEnableCorsAttribute>()?.PolicyName)
            : null;
    }
}
