using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

// Who the session belongs to, and until when that holds.
public sealed partial class EngineSession
{
    private ClaimsPrincipal? _user;
    private DateTimeOffset? _expires;
    private bool _isUserOfApplication;
    private IDisposable? _expiration;

    /// <summary>
    /// Who the client is authenticated as: <see cref="EngineHandshake.User"/> at first, then the same user as a later request of the session brought it (a poll, a POST,
    /// the upgrade), for instance with a renewed cookie; or what <see cref="RefreshUser"/> set.
    /// </summary>
    public ClaimsPrincipal User => Volatile.Read(ref _user) ?? Handshake.User;

    /// <summary>How the session's log lines name it: the id is a secret.</summary>
    internal SessionLabel Label => new(Id);

    /// <summary>
    /// Replaces <see cref="User"/>, for instance when the client has sent a new token in an event and the application has checked it. Requests of the session change it
    /// only by an authentication that expires later. Policies of namespaces are not asked again.
    /// </summary>
    /// <param name="user">The new user.</param>
    /// <param name="expires">When its authentication expires; null: never. Ends the session with <see cref="EngineOptions.CloseOnAuthenticationExpiration"/>.</param>
    public void RefreshUser(ClaimsPrincipal user, DateTimeOffset? expires = null)
    {
        ArgumentNullException.ThrowIfNull(user);
        lock (_lock)
        {
            _isUserOfApplication = true;
            SetUser(user, expires);
        }
    }

    /// <summary>
    /// A request of this session has come: takes over its user if that is the one who opened the session. False: it is somebody else. An anonymous request changes
    /// nothing, since browsers cannot put tokens into every request; nor does any request on a session that was opened anonymously, because another site can make a
    /// visitor's browser send one, with the visitor's cookies, for a session of its own.
    /// </summary>
    internal bool TryRefreshUser(HttpContext context)
    {
        var (owner, user) = (Handshake.User, context.User);
        if (!UserIdentity.IsAuthenticated(user) || !UserIdentity.IsAuthenticated(owner))
        {
            return true;
        }

        if (!UserIdentity.AreSame(owner, user))
        {
            return false;
        }

        var expires = EngineHandshake.ExpirationOf(context);
        lock (_lock)
        {
            // Requests overtake one another, and go on bringing the old token after the application has taken a new one.
            var isNewer = _isUserOfApplication
                ? expires > _expires && UserIdentity.AreSame(User, user)
                : !(expires < _expires);
            if (isNewer)
            {
                SetUser(user, expires);
            }
        }

        return true;
    }

    private void SetUser(ClaimsPrincipal user, DateTimeOffset? expires)
    {
        Volatile.Write(ref _user, user);
        if (_expires != expires)
        {
            _expires = expires;
            WatchExpiration();
        }
    }

    // Called under the lock, when the session starts and when the instant changes.
    private void WatchExpiration()
    {
        _expiration?.Dispose();
        _expiration = null;
        if (_server.Options.CloseOnAuthenticationExpiration && _started && _expires is { } expires && _machine.State is not EngineState.Closed)
        {
            var left = expires - _server.Time.GetUtcNow();
            _expiration = _server.Wheel.ScheduleAt(_server.Wheel.Now + (left > TimeSpan.Zero ? left : TimeSpan.Zero), OnExpiration);
        }
    }

    private void OnExpiration()
    {
        DateTimeOffset expired;
        lock (_lock)
        {
            if (_expires is not { } expires)
            {
                return;
            }

            if (expires > _server.Time.GetUtcNow())
            {
                // It was renewed while this was on its way, or the wall clock was set back.
                WatchExpiration();
                return;
            }

            expired = expires;
        }

        EngineLog.AuthenticationExpired(_server.Logger, Label, expired);
        Fail(EngineCloseReason.ForcedClose, "the authentication expired");
    }
}
