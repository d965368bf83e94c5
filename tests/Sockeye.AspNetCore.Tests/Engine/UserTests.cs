using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>The user of a session: refreshed by its requests and by the application, and the end of its authentication.</summary>
public sealed class UserTests
{
    private static readonly DateTimeOffset Now = new FakeTimeProvider().GetUtcNow();

    private static Task<EngineHost> StartAsync(Action<EngineOptions>? options = null, bool fakeTime = true) => EngineHost.StartAsync(
        options,
        fakeTime: fakeTime,
        middleware: app => app.UseAuthentication(),
        services: builder => TestAuthentication.Add(builder.Services));

    private static string In(int seconds, string name = "ann") => $"{name};;{Now.AddSeconds(seconds).ToUnixTimeSeconds()}";

    [Fact]
    public async Task A_poll_a_POST_and_the_upgrade_bring_the_same_user_anew()
    {
        await using var host = await StartAsync();
        var (client, recorded) = await host.OpenAsync("polling", "&access_token=ann;first");
        var session = recorded.Session;
        Assert.Equal("ann;first", Token(session));
        Assert.Equal("ok", (await SendAsync(host, client, HttpMethod.Post, "ann;second", "4hello")).Body);
        Assert.Equal("ann;second", Token(session));
        await host.ArrivedAsync(() => _ = SendAsync(host, client, HttpMethod.Get, "ann;third"));
        Assert.Equal("ann;third", Token(session));
        Assert.True(session.User.IsInRole("third"));
        await using var socket = await host.CandidateAsync(client.Sid, options => options.SetRequestHeader(TestAuthentication.Header, "ann;fourth"));
        await socket.SendTextAsync("2probe");
        await socket.ReceiveTextAsync();
        Assert.Equal(("ann;fourth", "ann;first"), (Token(session), session.Handshake.User.FindFirstValue("token")));
    }

    [Fact]
    public async Task Another_user_gets_neither_at_the_session_nor_at_its_user()
    {
        var errors = new List<ConnectionError>();
        await using var host = await StartAsync(options => options.OnConnectionError = errors.Add);
        using var counted = host.Kestrel.CollectMetric<long>("Sockeye", "sockeye.engine.connection_errors");
        var (client, recorded) = await host.OpenAsync("polling", "&access_token=ann");
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
        {
            var response = await SendAsync(host, client, method, "bob", method == HttpMethod.Post ? "4hello" : null);
            Assert.Equal((HttpStatusCode.Forbidden, """{"code":4,"message":"Forbidden"}"""), (response.Status, response.Body));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await host.RefusedWebSocketAsync($"{EngineHost.WebSocketQuery}&sid={client.Sid}", options => options.SetRequestHeader(TestAuthentication.Header, "bob")));
        Assert.Equal(["user_changed", "user_changed", "user_changed"], errors.Select(error => error.Reason));
        Assert.Equal(3, counted.GetMeasurementSnapshot().Count(measurement => Equals(measurement.Tags["reason"], "user_changed")));
        Assert.Contains(host.Lines(4), line => line.Message.Contains("user_changed", StringComparison.Ordinal));
        Assert.Equal("ann", Token(recorded.Session));
        Assert.Equal("ok", (await SendAsync(host, client, HttpMethod.Post, "ann", "4still here")).Body);
        Assert.Equal("still here", await recorded.ReceiveAsync());
    }

    [Fact]
    public async Task A_request_without_a_user_changes_nothing_and_an_anonymous_session_stays_so()
    {
        await using var host = await StartAsync();
        var (known, recorded) = await host.OpenAsync("polling", "&access_token=ann");
        Assert.Equal("ok", (await SendAsync(host, known, HttpMethod.Post, null, "4hello")).Body);
        Assert.Equal("ann", Token(recorded.Session));

        // Another site could have sent this with a visitor's cookies, for a session that it has opened itself.
        var (anonymous, open) = await host.OpenAsync("polling");
        Assert.Equal("ok", (await SendAsync(host, anonymous, HttpMethod.Post, "victim", "4hello")).Body);
        Assert.False(open.Session.User.Identity?.IsAuthenticated);
    }

    [Fact]
    public async Task An_older_authentication_that_comes_late_does_not_replace_a_newer_one()
    {
        await using var host = await StartAsync();
        var (client, recorded) = await host.OpenAsync("polling", $"&access_token={In(60)}");
        await SendAsync(host, client, HttpMethod.Post, In(120), "4a");
        await SendAsync(host, client, HttpMethod.Post, In(60), "4b");
        Assert.Equal(In(120), Token(recorded.Session));
    }

    [Fact]
    public async Task What_the_application_sets_stays_until_a_request_brings_something_that_lasts_longer()
    {
        await using var host = await StartAsync();
        var (client, recorded) = await host.OpenAsync("polling", $"&access_token={In(60)}");
        var session = recorded.Session;
        var renewed = Principal("ann", "renewed");
        session.RefreshUser(renewed, Now.AddSeconds(90));
        await SendAsync(host, client, HttpMethod.Post, In(60), "4a");
        Assert.Same(renewed, session.User);
        await SendAsync(host, client, HttpMethod.Post, In(120), "4b");
        Assert.Equal(In(120), Token(session));

        // Its own idea of who this is: requests still come from the one who opened the session.
        var other = Principal("bob", "bob");
        session.RefreshUser(other);
        Assert.Equal("ok", (await SendAsync(host, client, HttpMethod.Post, In(180), "4c")).Body);
        Assert.Same(other, session.User);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(host, client, HttpMethod.Post, "bob", "4d")).Status);
        Assert.Throws<ArgumentNullException>(() => session.RefreshUser(null!));
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task The_session_ends_when_the_authentication_expires(string transport)
    {
        await using var host = await StartAsync(options => options.CloseOnAuthenticationExpiration = true);
        var (client, recorded) = await host.OpenAsync(transport, $"&access_token={In(10)}");
        await using var _ = client;
        host.Time!.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1, host.Server.Count);
        host.Time!.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("forced close", await recorded.EndReasonAsync());
        var line = Assert.Single(host.Lines(20));
        Assert.Contains("authentication expired at", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Sid, line.Message, StringComparison.Ordinal);
        await host.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task A_renewed_authentication_moves_the_end()
    {
        await using var host = await StartAsync(options => options.CloseOnAuthenticationExpiration = true);
        var (client, recorded) = await host.OpenAsync("polling", $"&access_token={In(10)}");
        await SendAsync(host, client, HttpMethod.Post, In(20), "4a");
        host.Time!.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(1, host.Server.Count);
        recorded.Session.RefreshUser(recorded.Session.User, Now.AddSeconds(24));
        host.Time!.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(1, host.Server.Count);
        host.Time!.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("forced close", await recorded.EndReasonAsync());
        Assert.Equal(24, (DateTimeOffset.Parse(Assert.Single(host.Lines(20)).GetStructuredStateValue("Expires")!, System.Globalization.CultureInfo.InvariantCulture) - Now).TotalSeconds);
        await host.WaitForNothingLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task By_default_and_without_an_expiration_it_does_not_end(bool closes)
    {
        await using var host = await StartAsync(options =>
        {
            options.CloseOnAuthenticationExpiration = closes;
            options.PingInterval = TimeSpan.FromDays(2);
        });
        var (client, _) = await host.OpenAsync("websocket", closes ? "&access_token=ann" : $"&access_token={In(10)}");
        await using var socket = client;
        host.Time!.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, host.Server.Count);
    }

    [Fact]
    public void Users_are_the_same_by_id_and_issuer_then_by_name()
    {
        Check(true, Claims("sub", "1"), Claims("sub", "1"));
        Check(false, Claims("sub", "1"), Claims("sub", "2"));
        Check(false, Claims("sub", "1"), Claims("sub", "1", issuer: "elsewhere"));
        Check(false, Claims("sub", "1"), Claims(ClaimTypes.NameIdentifier, "1"));
        Check(true, Claims(ClaimTypes.NameIdentifier, "1", name: "old name"), Claims(ClaimTypes.NameIdentifier, "1", name: "new name"));
        Check(true, Claims("x", "1", name: "ann"), Claims("x", "2", name: "ann"));
        Check(false, Claims("x", "1", name: "ann"), Claims("x", "1", name: "bob"));
        Check(true, Claims("x", "1"), Claims("x", "2"));

        static void Check(bool same, ClaimsPrincipal left, ClaimsPrincipal right) => Assert.Equal(same, UserIdentity.AreSame(left, right));

        static ClaimsPrincipal Claims(string type, string value, string issuer = "here", string? name = null) =>
            new(new ClaimsIdentity(name is null ? [new Claim(type, value, null, issuer)] : [new Claim(type, value, null, issuer), new Claim(ClaimTypes.Name, name)], "test"));
    }

    private static string? Token(EngineSession session) => session.User.FindFirstValue("token");

    private static ClaimsPrincipal Principal(string name, string token) =>
        new(new ClaimsIdentity([new(ClaimTypes.Name, name), new(ClaimTypes.NameIdentifier, name), new("token", token)], "application"));

    private static Task<RawResponse> SendAsync(EngineHost host, EngineClient client, HttpMethod method, string? token, string? body = null) =>
        host.Polling().SendAsync(method, client.Polling.Query, body is null ? null : new StringContent(body), headers =>
        {
            if (token is not null)
            {
                headers.TryAddWithoutValidation(TestAuthentication.Header, token);
            }
        });
}
