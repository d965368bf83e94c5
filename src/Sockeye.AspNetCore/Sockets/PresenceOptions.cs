using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>Presence: who is in a room or a namespace, by user and over all servers. Ours, the official server has none.</summary>
public sealed class PresenceOptions
{
    /// <summary>
    /// How long a user must be away, from every server, before that counts as leaving. Default 10 s: a client of the official library that has lost its connection tries twice within 4.5 s (after 0.5 to 1.5 s and another 1
    /// to 3 s). Zero: at once. At most one day.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Who the client of a socket is; null: nobody who is counted. Asked when the socket connects, and by <see cref="NamespacePresence.Update"/>. Must be quick. Default: what names its <see cref="ServerSocket.User"/>, if it is
    /// authenticated: the claim "sub" or <c>ClaimTypes.NameIdentifier</c>, else the UPN, else the name.
    /// </summary>
    public Func<ServerSocket, string?> User { get; set; } = static socket => UserIdentity.KeyOf(socket.User)?.Value;

    /// <summary>Whether a room is watched, by namespace and name. Must be quick, and always answer the same. Default null: all are, except those of the sockets' own ids. The namespaces themselves always are.</summary>
    public Func<string, string, bool>? WatchRoom { get; set; }

    /// <summary>
    /// The most places of users that are known, those on other servers included: a user in a namespace and in three of its rooms has four. Each costs about 300 bytes. Default 200,000. What comes beyond it is not counted, and
    /// the log says so.
    /// </summary>
    public int MaxEntries { get; set; } = 200_000;

    internal void Validate()
    {
        Require(Grace >= TimeSpan.Zero && Grace <= TimeSpan.FromDays(1), nameof(Grace), Grace, "is zero to one day");
        Require(MaxEntries > 0, nameof(MaxEntries), MaxEntries, "is greater than zero");
        Require(User is not null, nameof(User), "null", "is not null");
    }

    private static void Require(bool isMet, string name, object value, string rule)
    {
        if (!isMet)
        {
            throw new InvalidOperationException($"{nameof(PresenceOptions)}.{name} is {value}; a valid value {rule}.");
        }
    }
}
