using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>
/// Takes whoever a request says it is from: <c>ann</c>, <c>ann;admin</c> with a role, <c>ann;;1700000000</c> with an end in seconds, in the header <c>X-User</c> or, as browsers
/// do for WebSockets, in the query's <c>access_token</c>.
/// </summary>
internal sealed class TestAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Header = "X-User";

    /// <summary>Adds the scheme "test" as the default one, and the policy "admins".</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, TestAuthentication>("test", null);
        services.AddAuthorization(authorization => authorization.AddPolicy("admins", policy => policy.RequireRole("admin")));
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var token = Request.Headers[Header].ToString();
        token = token.Length > 0 ? token : Request.Query["access_token"].ToString();
        if (token.Length == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var parts = token.Split(';');
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, parts[0]), new Claim(ClaimTypes.NameIdentifier, parts[0]), new Claim("token", token)], Scheme.Name);
        if (parts is [_, { Length: > 0 } role, ..])
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, role));
        }

        var properties = new AuthenticationProperties();
        if (parts is [_, _, var end])
        {
            properties.ExpiresUtc = DateTimeOffset.FromUnixTimeSeconds(long.Parse(end, CultureInfo.InvariantCulture));
        }

        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name)));
    }
}
