using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>One demand of a namespace: as data (<c>[Authorize]</c>) that the policy provider turns into a policy, or a policy.</summary>
internal sealed record NamespaceRequirement(IAuthorizeData? Data, AuthorizationPolicy? Policy);

/// <summary>The answer to a client that may not join. The data are a JSON object, <c>{"code":401}</c>.</summary>
internal sealed record NamespaceRefusal(string Reason, string Message, JsonElement Data);

/// <summary>Who may join a namespace, by ASP.NET Core's authorization: asked at CONNECT, of the user that the connection has by then, before the connect middlewares.</summary>
internal static class NamespaceAuthorization
{
    // The words and numbers of HTTP, so that a client needs one piece of code for both.
    private static readonly NamespaceRefusal Unauthorized = new("unauthorized", "Unauthorized", JsonElement.Parse("""{"code":401}"""u8));
    private static readonly NamespaceRefusal Forbidden = new("forbidden", "Forbidden", JsonElement.Parse("""{"code":403}"""u8));

    public static void Add(HandlerSet handlers, SocketIOServer server, string owner, params ReadOnlySpan<NamespaceRequirement> requirements)
    {
        if (server.Services.GetService<IServiceProviderIsService>() is { } services && !services.IsService(typeof(IAuthorizationService)))
        {
            throw new InvalidOperationException($"RequireAuthorization on {owner} needs the authorization services. Call builder.Services.AddAuthorization() before builder.Build().");
        }

        foreach (var requirement in requirements)
        {
            if (!string.IsNullOrEmpty(requirement.Data?.AuthenticationSchemes) || requirement.Policy?.AuthenticationSchemes.Count > 0)
            {
                throw new ArgumentException(SchemesAreOfRequests(owner));
            }

            handlers.Authorization.Add(requirement);
        }
    }

    /// <summary>Null: the client may go on to the middlewares.</summary>
    public static async ValueTask<NamespaceRefusal?> FindRefusalAsync(ServerSocket socket, EventScope scope)
    {
        var ns = socket.Namespace;
        if (ns.Handlers.Authorization.Items.Length == 0)
        {
            return null;
        }

        var policy = await CombineAsync(ns.Handlers, ns.ToString(), scope.Services).ConfigureAwait(false);
        if (policy is null)
        {
            return null;
        }

        var user = socket.User;
        var result = await scope.Services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(user, socket, policy.Requirements).ConfigureAwait(false);
        if (result.Succeeded)
        {
            return null;
        }

        return user.Identities.Any(static identity => identity.IsAuthenticated) ? Forbidden : Unauthorized;
    }

    /// <exception cref="InvalidOperationException">A policy has no such name, or asks for authentication schemes.</exception>
    public static async Task<AuthorizationPolicy?> CombineAsync(HandlerSet handlers, string owner, IServiceProvider services)
    {
        var requirements = handlers.Authorization.Items;
        var policy = await AuthorizationPolicy.CombineAsync(
            services.GetRequiredService<IAuthorizationPolicyProvider>(),
            requirements.Select(static requirement => requirement.Data).OfType<IAuthorizeData>(),
            requirements.Select(static requirement => requirement.Policy).OfType<AuthorizationPolicy>()).ConfigureAwait(false);

        // Not ignored: the namespace would be open to users that the policy does not mean.
        return policy?.AuthenticationSchemes.Count > 0 ? throw new InvalidOperationException(SchemesAreOfRequests(owner)) : policy;
    }

    private static string SchemesAreOfRequests(string owner) =>
        $"The authorization of {owner} names authentication schemes. Schemes read HTTP requests, and a CONNECT packet is none: name them on the endpoint, "
        + "MapSocketIO().RequireAuthorization(…), and give the namespace a policy without schemes.";
}
