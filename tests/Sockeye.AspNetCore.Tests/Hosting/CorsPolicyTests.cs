using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>Where a CORS policy may come from: each of ASP.NET Core's ways, for polling and for the origin of a WebSocket alike.</summary>
public sealed class CorsPolicyTests
{
    private const string Page = "https://page.example";

    [Theory]
    [InlineData("default policy", true)]
    [InlineData("default policy by middleware", true)]
    [InlineData("named policy on the endpoint", true)]
    [InlineData("named policy by metadata", true)]
    [InlineData("inline policy on the endpoint", true)]
    [InlineData("named policy that nobody asks for", false)]
    [InlineData("default policy but disabled on the endpoint", false)]
    [InlineData("default policy and another on the endpoint", false)]
    [InlineData("none", false)]
    public async Task Polling_and_WebSocket_agree(string way, bool isAllowed)
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                if (way != "none")
                {
                    app.UseCors();
                }

                var io = app.MapSocketIO();
                switch (way)
                {
                    case "default policy":
                        io.RequireCors();
                        break;
                    case "named policy on the endpoint":
                        io.RequireCors("pages");
                        break;
                    case "named policy by metadata":
                        io.WithMetadata(new Microsoft.AspNetCore.Cors.EnableCorsAttribute("pages"));
                        break;
                    case "inline policy on the endpoint":
                        io.RequireCors(policy => policy.WithOrigins(Page).AllowCredentials());
                        break;
                    case "default policy but disabled on the endpoint":
                        io.WithMetadata(new Microsoft.AspNetCore.Cors.DisableCorsAttribute());
                        break;
                    case "default policy and another on the endpoint":
                        io.RequireCors("others");
                        break;
                }
            },
            builder =>
            {
                builder.Services.AddCors(cors =>
                {
                    if (way.StartsWith("default", StringComparison.Ordinal))
                    {
                        cors.AddDefaultPolicy(policy => policy.WithOrigins(Page).AllowCredentials());
                    }

                    cors.AddPolicy("pages", policy => policy.WithOrigins(Page).AllowCredentials());
                    cors.AddPolicy("others", policy => policy.WithOrigins("https://other.example"));
                });
                builder.Services.AddSocketIO();
            });
        var response = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling", headers: headers => headers.Add("Origin", Page));
        Assert.Equal(HttpStatusCode.OK, response.Status);
        Assert.Equal(isAllowed, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) && origins.Single() == Page);
        Assert.Equal(isAllowed, response.Headers.TryGetValues("Access-Control-Allow-Credentials", out var credentials) && credentials.Single() == "true");

        var connecting = server.WebSocketAsync(configure: options => options.SetRequestHeader("Origin", Page));
        if (isAllowed)
        {
            await using var socket = await connecting;
            await socket.ReceiveHandshakeAsync();
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => connecting)).Status);
            Assert.Contains(server.Logs.GetSnapshot(), record => record.Message.Contains("origin_not_allowed", StringComparison.Ordinal) && record.Message.Contains("RequireCors", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Each_endpoint_has_its_own_policy()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.UseCors();
                app.MapSocketIO().RequireCors(policy => policy.WithOrigins(Page));
                app.MapSocketIO("/admin", name: "admin").RequireCors(policy => policy.WithOrigins("https://admin.example"));
            },
            builder =>
            {
                builder.Services.AddCors();
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("admin");
            });
        await using var socket = await server.WebSocketAsync(configure: options => options.SetRequestHeader("Origin", Page));
        await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync("/admin/", configure: options => options.SetRequestHeader("Origin", Page)));
        await using var admin = await server.WebSocketAsync("/admin/", configure: options => options.SetRequestHeader("Origin", "https://admin.example"));
    }
}
