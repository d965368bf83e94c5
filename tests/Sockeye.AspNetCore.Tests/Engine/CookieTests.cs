using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>The cookie for load balancers. ASP.NET writes the names of attributes in small letters; they are compared without case (RFC 6265 section 5.2).</summary>
public sealed class CookieTests
{
    public static TheoryData<string, CookieBuilder?, string> Cookies => new()
    {
        { "EIO-S-011", new StickyCookieBuilder(), "io=SID; path=/; samesite=lax; httponly" },
        { "EIO-S-012", new StickyCookieBuilder { Name = "woot" }, "woot=SID; path=/; samesite=lax; httponly" },
        { "EIO-S-013", new StickyCookieBuilder { Path = "/custom" }, "io=SID; path=/custom; samesite=lax; httponly" },
        { "EIO-S-014", new StickyCookieBuilder { Path = "" }, "io=SID; samesite=lax; httponly" },
        { "EIO-S-015", new StickyCookieBuilder { HttpOnly = true }, "io=SID; path=/; samesite=lax; httponly" },
        { "EIO-S-016", new StickyCookieBuilder { SameSite = SameSiteMode.Strict }, "io=SID; path=/; samesite=strict; httponly" },
        { "EIO-S-017", new StickyCookieBuilder { HttpOnly = false }, "io=SID; path=/; samesite=lax" },
        { "EIO-S-019", null, "" },
        { "any CookieBuilder", new CookieBuilder(), "io=SID; path=/" },
    };

    [Theory]
    [MemberData(nameof(Cookies), DisableDiscoveryEnumeration = true)]
    public async Task A_polling_handshake_sets_the_cookie(string id, CookieBuilder? cookie, string expected)
    {
        await using var host = await EngineHost.StartAsync(options => options.Cookie = cookie);
        var client = host.Polling();
        var opened = await client.OpenAsync();
        var header = opened.Headers.TryGetValues("Set-Cookie", out var values) ? Assert.Single(values) : "";
        Assert.Equal((id, expected.Replace("SID", client.Sid, StringComparison.Ordinal)), (id, header));
        var posted = await client.PostAsync("4x");
        Assert.False(posted.Headers.Contains("Set-Cookie"), "only the handshake sets it");
    }

    [Fact]
    public async Task A_name_that_no_cookie_can_have_is_found_at_start()
    {
        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => EngineHost.StartAsync(options => options.Cookie = new CookieBuilder { Name = "a b;" }));
        Assert.Contains("a b;", error.Message, StringComparison.Ordinal);
    }
}
