using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>The code of the pages under docs/guide about ASP.NET Core: one application, which <see cref="AspNetCoreGuideTests"/> runs.</summary>
internal static class AspNetCoreGuide
{
    public static void AddServices(WebApplicationBuilder builder)
    {
        // begin: configuration
        builder.Services.AddSocketIO(
            builder.Configuration.GetSection("SocketIO"),
            options => options.OnConnectionError = error => Console.WriteLine($"{error.Reason}: {error.Detail}"));
        // end: configuration

        // begin: add-named
        builder.Services.AddSocketIO("admin", builder.Configuration.GetSection("AdminSocketIO"));
        builder.Services.AddSingleton<Alarm>();
        // end: add-named

        // begin: add-authentication
        builder.Services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken(options =>
            options.Events.OnMessageReceived = context =>
            {
                // Browsers cannot give a WebSocket a header, so the token comes in the query there.
                if (context.Request.Path.StartsWithSegments("/socket.io") && context.Request.Query["access_token"] is [{ } token])
                {
                    context.Token = token;
                }

                return Task.CompletedTask;
            });
        builder.Services.AddAuthorization(options => options.AddPolicy("moderators", policy => policy.RequireRole("moderator")));
        // end: add-authentication

        // begin: add-cors
        builder.Services.AddCors(cors => cors.AddPolicy("pages", policy => policy.WithOrigins("https://chat.example").AllowAnyHeader().AllowCredentials()));
        // end: add-cors

        // begin: add-forwarded-headers
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            options.KnownProxies.Add(System.Net.IPAddress.Parse("10.0.0.7"));
        });
        // end: add-forwarded-headers

        // begin: add-health
        builder.Services.AddHealthChecks().AddSocketIO(tags: ["ready"]);
        // end: add-health

        // begin: patience
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(60));
        // end: patience

        builder.Services.AddScoped<IChatStore, ChatStore>();
    }

    public static void Map(WebApplication app)
    {
        // begin: use-forwarded-headers
        app.UseForwardedHeaders();
        // end: use-forwarded-headers
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapPost("/login/{name}", (string name, string? role) => Results.SignIn(
            new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, name), new(ClaimTypes.Name, name), new(ClaimTypes.Role, role ?? "member")], "login")),
            authenticationScheme: BearerTokenDefaults.AuthenticationScheme));

        // begin: endpoint-authorization
        var io = app.MapSocketIO();
        io.RequireAuthorization();
        // end: endpoint-authorization

        // begin: use-cors
        io.RequireCors("pages");
        // end: use-cors

        // begin: map-named
        var admin = app.MapSocketIO("/admin", name: "admin");
        admin.On("ping", (ServerSocket _) => "pong");
        // end: map-named

        // begin: namespace-authorization
        io.Namespace("/moderation").RequireAuthorization("moderators");
        // end: namespace-authorization

        // begin: parameters
        io.On("message", async (ServerSocket socket, string text, IChatStore store, Alarm alarm) =>
        {
            if (text.Contains("fire", StringComparison.OrdinalIgnoreCase))
            {
                await alarm.RaiseAsync(text);
            }

            return await store.AddAsync(socket.User.Identity?.Name, text);
        });
        // end: parameters

        // begin: services
        io.Use(async (socket, next) =>
        {
            var store = socket.Services.GetRequiredService<IChatStore>();
            if (await store.IsBannedAsync(socket.User.Identity?.Name))
            {
                throw new ConnectErrorException("You are banned");
            }

            await next();
        });
        // end: services

        // begin: refresh
        io.On("token", (ServerSocket socket, string token, IOptionsMonitor<BearerTokenOptions> bearer) =>
        {
            var ticket = bearer.Get(BearerTokenDefaults.AuthenticationScheme).BearerTokenProtector.Unprotect(token);
            if (ticket?.Properties.ExpiresUtc is not { } expires || expires <= DateTimeOffset.UtcNow)
            {
                return false;
            }

            socket.RefreshUser(ticket.Principal, expires);
            return true;
        });
        // end: refresh

        // begin: map-health
        app.MapHealthChecks("/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        // end: map-health
    }

    // begin: inject-named
    internal sealed class Alarm([FromKeyedServices("admin")] SocketIOServer admins, SocketIOServer everyone)
    {
        public Task RaiseAsync(string text) => Task.WhenAll(admins.EmitAsync("alarm", text), everyone.To("on-call").EmitAsync("alarm", text));
    }
    // end: inject-named

    internal interface IChatStore
    {
        Task<int> AddAsync(string? from, string text);

        Task<bool> IsBannedAsync(string? name);
    }

    internal sealed class ChatStore : IChatStore
    {
        private static int _count;

        public Task<int> AddAsync(string? from, string text) => Task.FromResult(Interlocked.Increment(ref _count));

        public Task<bool> IsBannedAsync(string? name) => Task.FromResult(name == "mallory");
    }
}
