using System.Security.Claims;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Who a socket belonged to, as far as authentication says it: nobody, or a user with a key. Enough to know that another one comes.</summary>
internal readonly record struct RecoveryUser(bool IsAuthenticated, (string Type, string Value, string Issuer)? Key)
{
    public static RecoveryUser From(ClaimsPrincipal user) => UserIdentity.IsAuthenticated(user) ? new(true, UserIdentity.KeyOf(user)) : default;

    /// <summary>Two users whom nothing names may be the same, but nobody can tell: no.</summary>
    public bool IsCertainly(RecoveryUser other) => this == other && (!IsAuthenticated || Key is not null);
}
