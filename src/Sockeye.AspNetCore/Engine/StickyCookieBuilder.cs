using Microsoft.AspNetCore.Http;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// The cookie of <see cref="EngineOptions.Cookie"/> as engine.io's <c>cookie: true</c> makes it: <c>io=SID; Path=/; HttpOnly; SameSite=Lax</c>. Every attribute can be
/// changed; an empty path leaves the attribute out.
/// </summary>
public sealed class StickyCookieBuilder : CookieBuilder
{
    /// <summary>Creates the builder with engine.io's defaults.</summary>
    public StickyCookieBuilder()
    {
        Name = "io";
        Path = "/";
        HttpOnly = true;
        SameSite = SameSiteMode.Lax;
        // Polling does not work without it behind a load balancer: no consent is needed.
        IsEssential = true;
    }

    /// <inheritdoc />
    public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
    {
        var options = base.Build(context, expiresFrom);
        options.Path = string.IsNullOrEmpty(Path) ? null : Path;
        return options;
    }
}
