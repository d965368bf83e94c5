using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Tests.Engine;

/// <summary>Who is not let in by WebTransport, and what is said where it cannot work.</summary>
public sealed class WebTransportRefusalTests
{
    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task EIO_WT_07_a_middleware_sees_the_request_and_may_refuse_it(int status)
    {
        await using var host = await WebTransportHost.StartAsync(middleware: app => app.Use((context, next) =>
        {
            if (context.Request.Headers["X-Pass"] == "please")
            {
                return next(context);
            }

            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }));
        var refused = await host.ConnectAsync();
        Assert.Equal(status, refused.Status);
        Assert.Equal(0, host.Handler.Opens);

        var client = await host.ConnectAsync(context => context.Request.Headers["X-Pass"] = "please");
        Assert.Equal(200, client.Status);
        client.OpenStream();
        await client.SendAsync("0");
        Assert.Equal("please", (await host.Handler.NextAsync()).Session.Handshake.Headers["X-Pass"]);
    }

    [Fact]
    public async Task Where_it_is_not_switched_on_the_transport_is_unknown()
    {
        await using var host = await WebTransportHost.StartAsync(options => options.Transports = EngineTransports.Polling | EngineTransports.WebSocket);
        var client = await host.ConnectAsync();
        Assert.Equal((400, "Transport unknown"), (client.Status, client.Body));
        Assert.Contains("WebTransport is not switched on", await host.RefusedAsync("transport_unknown"), StringComparison.Ordinal);
        var polling = host.Polling();
        await polling.OpenAsync();
        Assert.Equal(["websocket"], polling.Handshake.GetProperty("upgrades").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public async Task A_client_of_another_draft_is_told_and_so_is_the_log()
    {
        await using var host = await WebTransportHost.StartAsync();
        var client = await host.ConnectAsync(isKnownDraft: false);
        Assert.Equal((400, "WebTransport is not supported here"), (client.Status, client.Body));
        Assert.Contains("draft 02", await host.RefusedAsync("webtransport_unsupported"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://elsewhere.example", false)]
    [InlineData("https://localhost:1234", true)]
    [InlineData("", true)]
    public async Task A_page_of_another_site_is_refused(string origin, bool isAllowed)
    {
        await using var host = await WebTransportHost.StartAsync();
        var client = await host.ConnectAsync(context => context.Request.Headers.Origin = origin);
        Assert.Equal(isAllowed ? 200 : 400, client.Status);
        if (!isAllowed)
        {
            Assert.Equal("Origin not allowed", client.Body);
            Assert.Contains("opened a WebTransport session", await host.RefusedAsync("origin_not_allowed"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_of_a_site_that_the_cors_policy_allows_is_let_in()
    {
        await using var host = await WebTransportHost.StartAsync(
            services: builder => builder.Services.AddCors(),
            middleware: app => app.UseRouting().UseCors(),
            endpoint: endpoint => endpoint.RequireCors(policy => policy.WithOrigins("https://elsewhere.example")));
        Assert.Equal(200, (await host.ConnectAsync(context => context.Request.Headers.Origin = "https://elsewhere.example")).Status);
        Assert.Equal(400, (await host.ConnectAsync(context => context.Request.Headers.Origin = "https://elsewhere.example.evil")).Status);
    }

    [Fact]
    public async Task An_origin_with_characters_that_no_header_may_have_is_refused()
    {
        await using var host = await WebTransportHost.StartAsync();
        Assert.Equal(400, (await host.ConnectAsync(context => context.Request.Headers.Origin = "\u0001")).Status);
        Assert.NotEmpty(await host.RefusedAsync("invalid_origin"));
    }

    [Fact]
    public async Task AllowRequest_is_asked_for_new_sessions_only()
    {
        var asked = 0;
        var errors = new List<ConnectionError>();
        await using var host = await WebTransportHost.StartAsync(options =>
        {
            options.AllowRequest = context => new(HttpMethods.IsConnect(context.Request.Method) && Interlocked.Increment(ref asked) > 0 ? "not you" : null);
            options.OnConnectionError = errors.Add;
        });
        var client = await host.ConnectAsync();
        Assert.Equal((200, 0), (client.Status, asked));
        client.OpenStream();
        await client.SendAsync("0");
        await client.ClosedAsync();
        Assert.Empty(await client.ReceiveRestAsync());
        Assert.Equal((1, 0), (asked, host.Handler.Opens));
        var error = Assert.Single(errors);
        Assert.Equal((ConnectionErrorCode.Forbidden, "not you"), (error.Code, error.ClientMessage));

        var polling = host.Polling();
        await polling.OpenAsync();
        client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendAsync($$"""0{"sid":"{{polling.Sid}}"}""");
        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());
        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData("ada", true)]
    [InlineData(null, true)]
    [InlineData("grace", false)]
    public async Task Another_user_cannot_take_a_session_over(string? name, bool isAllowed)
    {
        await using var host = await WebTransportHost.StartAsync(middleware: app => app.Use((context, next) =>
        {
            var user = HttpMethods.IsConnect(context.Request.Method) ? name : "ada";
            context.User = new(user is null ? new ClaimsIdentity() : new ClaimsIdentity([new(ClaimTypes.Name, user)], "test"));
            return next(context);
        }));
        var polling = host.Polling();
        await polling.OpenAsync();
        var client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendAsync($$"""0{"sid":"{{polling.Sid}}"}""");
        if (isAllowed)
        {
            await client.SendAsync("2probe");
            Assert.Equal("3probe", await client.ReceiveTextAsync());
        }
        else
        {
            await client.ClosedAsync();
            Assert.NotEmpty(await host.RefusedAsync("user_changed"));
        }
    }

    [Fact]
    public async Task An_id_that_cannot_be_made_closes_the_session()
    {
        await using var host = await WebTransportHost.StartAsync(options => options.GenerateId = _ => throw new InvalidOperationException("no ids left"));
        var client = await host.ConnectAsync();
        client.OpenStream();
        await client.SendAsync("0");
        await client.ClosedAsync();
        Assert.Contains("no ids left", await host.RefusedAsync("id_generation_error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_headers_hook_is_called_for_the_answer()
    {
        var called = 0;
        await using var host = await WebTransportHost.StartAsync(options => options.OnHeaders = _ => called++);
        await host.ConnectAsync();
        Assert.Equal(1, called);
    }

    [Fact]
    public async Task Where_it_cannot_work_it_is_not_offered_and_the_log_says_why()
    {
        await using var host = await WebTransportHost.StartAsync(options => options.FindWebTransportProblem = () => "The moon is full.");
        var warning = Assert.Single(host.Logs.GetSnapshot(), record => record.Id.Id == 11 && record.Category == "Sockeye.Engine");
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("The moon is full.", warning.Message, StringComparison.Ordinal);
        Assert.Contains("Http1AndHttp2AndHttp3", warning.Message, StringComparison.Ordinal);
        var polling = host.Polling();
        await polling.OpenAsync();
        Assert.Equal(["websocket"], polling.Handshake.GetProperty("upgrades").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("The moon is full.", await Unsupported(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_said_where_it_is_not_wanted()
    {
        await using var host = await WebTransportHost.StartAsync(options => (options.Transports, options.FindWebTransportProblem) = (EngineTransports.Polling, () => "The moon is full."));
        Assert.DoesNotContain(host.Logs.GetSnapshot(), record => record.Id.Id == 11 && record.Category == "Sockeye.Engine");
    }

    [Theory]
    [InlineData(true, true, null)]
    [InlineData(false, true, "libmsquic")]
    [InlineData(true, false, "AppContext.SetSwitch")]
    [InlineData(false, false, "libmsquic AppContext.SetSwitch")]
    public void The_problem_names_its_cure(bool isQuicSupported, bool isSwitchOn, string? cures)
    {
        var problem = WebTransportSupport.FindProblem(isQuicSupported, isSwitchOn);
        Assert.Equal(cures is null, problem is null);
        Assert.All(cures?.Split(' ') ?? [], cure => Assert.Contains(cure, problem!, StringComparison.Ordinal));
    }

    [Fact]
    public void This_process_has_no_switch_so_there_is_a_problem() => Assert.Contains(WebTransportSupport.Switch, new EngineOptions().FindWebTransportProblem()!, StringComparison.Ordinal);

    private static async Task<string> Unsupported(WebTransportHost host)
    {
        Assert.Equal(400, (await host.ConnectAsync(isKnownDraft: false)).Status);
        return await host.RefusedAsync("webtransport_unsupported");
    }
}
