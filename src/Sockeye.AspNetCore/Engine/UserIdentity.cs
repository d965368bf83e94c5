using System.Security.Claims;

namespace Sockeye.AspNetCore.Engine;

/// <summary>Whether two principals are the same user, by the claims and in the order that ASP.NET Core's antiforgery goes by.</summary>
internal static class UserIdentity
{
    private static readonly string[] KeyClaims = ["sub", ClaimTypes.NameIdentifier, ClaimTypes.Upn];

    public static bool IsAuthenticated(ClaimsPrincipal user) => user.Identities.Any(static identity => identity.IsAuthenticated);

    /// <summary>Users that nothing names (some API keys) are taken for the same: they cannot be told apart.</summary>
    public static bool AreSame(ClaimsPrincipal left, ClaimsPrincipal right) => KeyOf(left) == KeyOf(right);

    /// <summary>What names the user; null if nothing does.</summary>
    public static (string Type, string Value, string Issuer)? KeyOf(ClaimsPrincipal user)
    {
        foreach (var type in KeyClaims)
        {
            foreach (var identity in user.Identities)
            {
                // The same number from another issuer is another user.
                if (identity.IsAuthenticated && identity.FindFirst(type) is { Value.Length: > 0 } claim)
                {
                    return (type, claim.Value, claim.Issuer);
                }
            }
        }

        return user.Identity?.Name is { Length: > 0 } name ? ("name", name, "") : null;
    }
}
