using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Policies of namespaces, asked at CONNECT.</summary>
public sealed partial class NamespaceAuthorizationTests
{
    private const string Unauthorized = """{"message":"Unauthorized","data":{"code":401}}""";
    private const string Forbidden = """{"message":"Forbidden","data":{"code":403}}""";

    [Theory]
    [EachTransport]
    public async Task A_client_joins_what_its_user_may_and_is_refused_elsewhere_on_the_same_connection(Via via)
    {
        var journal = new Journal();
        await using var server = await StartAsync(io =>
        {
            io.OnConnection(socket => journal.Add("joined /"));
            var members = io.Namespace("/members").RequireAuthorization();
            members.Use((socket, next) =>
            {
                journal.Add($"middleware {socket.User.Identity?.Name}");
                return next();
            });
            io.Namespace("/admin").RequireAuthorization("admins");
        });
        using var refused = server.CollectMetric<long>("Sockeye", "sockeye.sockets.connects_refused");

        // Nobody, somebody, an admin.
        foreach (var (token, members, admin) in ((string, string, string)[])[("", Unauthorized, Unauthorized), ("ann", "", Forbidden), ("bob;admin", "", "")])
        {
            await using var client = await SocketIOTestClient.OpenAsync(server, via, $"access_token={token}");
            await client.JoinAsync();
            await journal.ExpectAsync("joined /");
            await JoinAsync(client, "/members", members);
            if (members.Length == 0)
            {
                await journal.ExpectAsync($"middleware {token.Split(';')[0]}");
            }

            await JoinAsync(client, "/admin", admin);
        }

        journal.ExpectNothing();
        Assert.Equal(["unauthorized", "unauthorized", "forbidden"], refused.GetMeasurementSnapshot().Select(measurement => (string)measurement.Tags["reason"]!));
        Assert.Contains(server.Logs.GetSnapshot(), record => record.Message.StartsWith("Refused a client in /admin: forbidden", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_form_of_a_demand_is_kept_and_all_must_be_met()
    {
        await using var server = await StartAsync(io =>
        {
            io.Namespace("/data").RequireAuthorization(new AuthorizeAttribute { Roles = "admin" });
            io.Namespace("/policy").RequireAuthorization(new AuthorizationPolicyBuilder().RequireUserName("bob").Build());
            io.Namespace("/built").RequireAuthorization(policy => policy.RequireUserName("bob"));
            io.Namespace("/all").RequireAuthorization("admins").RequireAuthorization(policy => policy.RequireUserName("bob"));
            // "/" has a namespace's demands too; those of the endpoint are another thing.
            io.Namespace("/").RequireAuthorization();
        });
        await using var bob = await SocketIOTestClient.OpenAsync(server, query: "access_token=bob;admin");
        await using var ann = await SocketIOTestClient.OpenAsync(server, query: "access_token=ann;admin");
        await using var nobody = await SocketIOTestClient.OpenAsync(server);
        foreach (var ns in (string[])["/data", "/policy", "/built", "/all", "/"])
        {
            await JoinAsync(bob, ns, "");
            await JoinAsync(nobody, ns, Unauthorized);
            await JoinAsync(ann, ns, ns is "/data" or "/" ? "" : Forbidden);
        }
    }

    [Fact]
    public async Task A_dynamic_namespace_has_its_familys_demands_unless_it_is_freed()
    {
        await using var server = await StartAsync(io =>
        {
            io.Namespace(Rooms()).RequireAuthorization("admins");
            io.Namespace((name, _) => Task.FromResult(name.StartsWith("/x", StringComparison.Ordinal))).RequireAuthorization();
            io.OnNamespaceCreated(created =>
            {
                if (created.Name == "/room-0")
                {
                    created.AllowAnonymous();
                }
            });
        });
        await using var client = await SocketIOTestClient.OpenAsync(server, query: "access_token=ann");
        await JoinAsync(client, "/room-1", Forbidden);
        await JoinAsync(client, "/room-0", "");
        await JoinAsync(client, "/x", "");
        await using var nobody = await SocketIOTestClient.OpenAsync(server);
        await JoinAsync(nobody, "/x", Unauthorized);
        await JoinAsync(nobody, "/room-0", "");
    }

    [Fact]
    public async Task A_handler_of_a_requirement_sees_the_socket_and_has_scoped_services()
    {
        await using var server = await StartAsync(
            io => io.Namespace("/vip").RequireAuthorization(policy => policy.AddRequirements(new Ticket())),
            services =>
            {
                services.AddScoped<IAuthorizationHandler, TicketHandler>();
                services.AddScoped<TicketOffice>();
            });
        await using var client = await SocketIOTestClient.OpenAsync(server, query: "access_token=ann");
        await client.SendAsync("""40/vip,{"ticket":"old"}""");
        Assert.Equal("44/vip," + Forbidden, (await client.ReceiveAsync()).Text);
        await client.JoinAsync("/vip", """{"ticket":"gold"}""");
    }

    [Fact]
    public async Task A_policy_that_is_not_there_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(io => io.Namespace("/admin").RequireAuthorization("admnis")));
        Assert.Contains("admnis", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authentication_schemes_are_refused_where_they_are_named()
    {
        await StartAndStopAsync(io =>
        {
            Assert.Contains("name them on the endpoint", Assert.Throws<ArgumentException>(() => io.Namespace("/a").RequireAuthorization(new AuthorizeAttribute { AuthenticationSchemes = "test" })).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => io.Namespace("/b").RequireAuthorization(policy => policy.AddAuthenticationSchemes("test").RequireAuthenticatedUser()));
        });

        // In a policy by name they show at the start.
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(
            io => io.Namespace("/c").RequireAuthorization("scheme"),
            services => services.AddAuthorization(options => options.AddPolicy("scheme", policy => policy.AddAuthenticationSchemes("test").RequireAuthenticatedUser()))));
        Assert.Contains("The authorization of the namespace /c names authentication schemes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_AddAuthorization_the_demand_says_so()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => Assert.Contains(
            "Call builder.Services.AddAuthorization()",
            Assert.Throws<InvalidOperationException>(() => io.Namespace("/a").RequireAuthorization()).Message,
            StringComparison.Ordinal));
    }

    private static Task<KestrelServer> StartAsync(Action<SocketIOEndpoint> configure, Action<IServiceCollection>? services = null) => KestrelServer.StartAsync(
        app =>
        {
            app.UseAuthentication();
            configure(app.MapSocketIO());
        },
        builder =>
        {
            TestAuthentication.Add(builder.Services);
            builder.Services.AddSocketIO();
            services?.Invoke(builder.Services);
        });

    private static async Task StartAndStopAsync(Action<SocketIOEndpoint> configure)
    {
        await using var server = await StartAsync(configure);
    }

    private static async Task JoinAsync(SocketIOTestClient client, string ns, string refusal)
    {
        if (refusal.Length == 0)
        {
            await client.JoinAsync(ns);
            return;
        }

        await client.SendAsync("40" + SocketIOTestClient.Prefix(ns));
        Assert.Equal("44" + SocketIOTestClient.Prefix(ns) + refusal, (await client.ReceiveAsync(packet => packet.Namespace == ns)).Text);
    }

    [GeneratedRegex(@"^/room-\d$")]
    private static partial Regex Rooms();

    private sealed class Ticket : IAuthorizationRequirement;

    private sealed class TicketOffice
    {
        private readonly string _valid = "gold";

        public bool IsValid(string? ticket) => ticket == _valid;
    }

    private sealed class TicketHandler(TicketOffice office) : AuthorizationHandler<Ticket, ServerSocket>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Ticket requirement, ServerSocket resource)
        {
            if (office.IsValid(resource.Handshake.Auth.GetProperty("ticket").GetString()))
            {
                context.Succeed(requirement);
            }

            return Task.CompletedTask;
        }
    }
}
