using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>The copy of a request that a session keeps says what the request said, also when the host has used the request for something else.</summary>
public sealed class EngineHandshakeTests
{
    [Fact]
    public void It_is_what_the_request_was()
    {
        var context = new DefaultHttpContext();
        context.Request.Path = "/socket.io/";
        context.Request.QueryString = new QueryString("?EIO=4&name=J%C3%BCrgen+%26+co&x=1&x=2&empty=");
        context.Request.Headers.Host = "example.org";
        context.Request.Headers["X-Both"] = new StringValues(["one", "two, three"]);
        context.Request.Headers["X-Long"] = new string('ü', 5000);
        var handshake = EngineHandshake.From(context, TimeProvider.System);
        context.Request.Headers.Clear();
        context.Request.QueryString = default;

        Assert.Equal("/socket.io/?EIO=4&name=J%C3%BCrgen+%26+co&x=1&x=2&empty=", handshake.Url);
        Assert.Equal(3, handshake.Headers.Count);
        Assert.Equal("example.org", handshake.Headers["host"].ToString());
        Assert.Equal(new StringValues(["one", "two, three"]), handshake.Headers["x-both"]);
        Assert.Equal(new string('ü', 5000), handshake.Headers["X-Long"]);
        Assert.Equal(("4", "Jürgen & co", "1,2", ""), (handshake.Query["eio"].ToString(), handshake.Query["name"].ToString(), handshake.Query["x"].ToString(), handshake.Query["empty"].ToString()));
        Assert.False(handshake.Query.ContainsKey("none"));
        Assert.Same(handshake.Headers, handshake.Headers);
        Assert.Same(handshake.Query, handshake.Query);
    }

    [Fact]
    public void A_request_without_a_user_has_an_anonymous_one_that_is_always_the_same()
    {
        var handshake = EngineHandshake.From(new DefaultHttpContext(), TimeProvider.System);
        Assert.Same(handshake.User, handshake.User);
        Assert.False(handshake.User.Identity!.IsAuthenticated);
        var user = new ClaimsPrincipal(new ClaimsIdentity("test"));
        Assert.Same(user, EngineHandshake.From(new DefaultHttpContext { User = user }, TimeProvider.System).User);
    }
}
