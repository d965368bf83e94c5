using Microsoft.AspNetCore.Authorization;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ParentNamespace
{
    /// <summary>
    /// Lets only those clients into the namespaces of this family that are made from now on whose user meets these policies, or the default policy (an authenticated user) if none is named. Asked at CONNECT, before the connect
    /// middlewares; the resource is the <see cref="ServerSocket"/>. A client that may not is refused: "Unauthorized" with the data <c>{"code":401}</c> if it is not
    /// authenticated, "Forbidden" with <c>{"code":403}</c> if it is. Policies that name authentication schemes are for the endpoint.
    /// </summary>
    public ParentNamespace RequireAuthorization() => RequireAuthorization(new AuthorizeAttribute());

    /// <inheritdoc cref="RequireAuthorization()" />
    public ParentNamespace RequireAuthorization(params string[] policyNames)
    {
        ArgumentNullException.ThrowIfNull(policyNames);
        return policyNames.Length == 0 ? RequireAuthorization() : RequireAuthorization(Array.ConvertAll<string, IAuthorizeData>(policyNames, static name => new AuthorizeAttribute(name)));
    }

    /// <inheritdoc cref="RequireAuthorization()" />
    public ParentNamespace RequireAuthorization(params IAuthorizeData[] authorizeData)
    {
        ArgumentNullException.ThrowIfNull(authorizeData);
        NamespaceAuthorization.Add(Handlers, _server, ToString(), Array.ConvertAll(authorizeData, static data => new NamespaceRequirement(data, null)));
        return this;
    }

    /// <inheritdoc cref="RequireAuthorization()" />
    public ParentNamespace RequireAuthorization(AuthorizationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        NamespaceAuthorization.Add(Handlers, _server, ToString(), new NamespaceRequirement(null, policy));
        return this;
    }

    /// <inheritdoc cref="RequireAuthorization()" />
    public ParentNamespace RequireAuthorization(Action<AuthorizationPolicyBuilder> configurePolicy)
    {
        ArgumentNullException.ThrowIfNull(configurePolicy);
        var policy = new AuthorizationPolicyBuilder();
        configurePolicy(policy);
        return RequireAuthorization(policy.Build());
    }

    /// <summary>Takes back what <c>RequireAuthorization</c> demanded, here or in the family that a dynamic namespace comes from.</summary>
    public ParentNamespace AllowAnonymous()
    {
        Handlers.Authorization.RemoveAll(static _ => true);
        return this;
    }
}
