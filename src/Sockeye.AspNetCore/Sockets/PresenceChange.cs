namespace Sockeye.AspNetCore.Sockets;

/// <summary>A user has come or gone, as this server sees it.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Room">The room; null: the namespace as a whole.</param>
/// <param name="User">The user.</param>
public readonly record struct PresenceChange(Namespace Namespace, string? Room, string User);

/// <summary>Where a user is: in a namespace (<paramref name="Room"/> null) or in one of its rooms.</summary>
internal readonly record struct PresencePlace(string Namespace, string? Room, string User);
