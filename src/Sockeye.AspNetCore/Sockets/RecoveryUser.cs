using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Who a socket belonged to, as far as authentication says it: nobody, or a user with a key. Enough to know that another one comes.</summary>
internal readonly record struct RecoveryUser(bool IsAuthenticated, (string Type, string Value, string Issuer)? Key)
{
    public static RecoveryUser From(ClaimsPrincipal user) => UserIdentity.IsAuthenticated(user) ? new(true, UserIdentity.KeyOf(user)) : default;

    /// <summary>For other nodes, which need not know who it is: a hash; null nobody, empty somebody whom nothing names.</summary>
    public string? ToHash() => !IsAuthenticated ? null : Key is not { } key ? "" : Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Type}\n{key.Issuer}\n{key.Value}")));

    /// <summary>Whether it is whom another node knew by this hash.</summary>
    public bool IsCertainly(string? hash) => hash is not "" && hash == ToHash();

    /// <summary>Two users whom nothing names may be the same, but nobody can tell: no.</summary>
    public bool IsCertainly(RecoveryUser other) => this == other && (!IsAuthenticated || Key is not null);
}
