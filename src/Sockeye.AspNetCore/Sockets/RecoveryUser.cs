using System.Security.Claims;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Who a socket belonged to, as far as authentication says it: nobody, or a user with an id from an issuer. Enough to know that another one comes.</summary>
internal readonly record struct RecoveryUser(bool IsAuthenticated, string? Issuer, string? Id)
{
    public static RecoveryUser From(ClaimsPrincipal user)
    {
        if (user.Identity is not { IsAuthenticated: true } identity)
        {
            return default;
        }

        // "sub" where the claims of a token keep their own names.
        return (user.FindFirst(ClaimTypes.NameIdentifier) ?? user.FindFirst("sub")) is { } id
            ? new(true, id.Issuer, id.Value)
            : new(true, null, identity.Name);
    }

    /// <summary>Two users without any id may be the same, but nobody can tell: no.</summary>
    public bool IsCertainly(RecoveryUser other) => this == other && (!IsAuthenticated || Id is not null);
}
