using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>The client files as a part of the mapped server.</summary>
public sealed class MappedClientFilesTests
{
    private const string Handshake = "?EIO=4&transport=polling";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SIO_A_08_a_CORS_policy_of_the_endpoint_covers_the_files()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.UseCors();
                app.MapSocketIO().RequireCors(policy => policy.WithOrigins("https://good-origin.com"));
            },
            builder => builder.Services.AddCors().AddSocketIO());

        Assert.Equal("https://good-origin.com", await AllowedOriginAsync(server, "https://good-origin.com"));
        Assert.Null(await AllowedOriginAsync(server, "https://other.example"));
    }

    [Fact]
    public async Task SIO_A_15_without_ServeClient_the_engine_answers_400()
    {
        await using var server = await StartAsync(options => options.ServeClient = false);
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(server, "/socket.io/socket.io.js"));
    }

    [Fact]
    public async Task SIO_A_16_SIO_A_21_SIO_A_22_a_server_on_any_free_port_serves_the_file_and_sessions()
    {
        await using var server = await StartAsync();
        Assert.NotEqual(0, server.Address.Port);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/socket.io/socket.io.js"));
        Assert.StartsWith("0{", await server.Http.GetStringAsync(new Uri("/socket.io/" + Handshake, UriKind.Relative), Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIO_A_17_options_set_in_two_places_are_both_in_force()
    {
        await using var server = await KestrelServer.StartAsync(
            app => app.MapSocketIO(),
            builder => builder.Services
                .AddSocketIO(options => options.PingTimeout = TimeSpan.FromMilliseconds(6000))
                .Configure<SocketIOOptions>(options => options.PingInterval = TimeSpan.FromMilliseconds(24000)));

        var open = await server.Http.GetStringAsync(new Uri("/socket.io/" + Handshake, UriKind.Relative), Cancelled);
        using var payload = JsonDocument.Parse(open[1..]);
        Assert.Equal(6000, payload.RootElement.GetProperty("pingTimeout").GetInt32());
        Assert.Equal(24000, payload.RootElement.GetProperty("pingInterval").GetInt32());
    }

    [Theory]
    [InlineData("SIO-A-18", "/socket.io/socket.io.js", HttpStatusCode.OK)]
    [InlineData("SIO-A-19", "/socket.io/socket.io.esm.js", HttpStatusCode.BadRequest)]
    [InlineData("SIO-A-20", "/other", HttpStatusCode.NotFound)]
    [InlineData("", "/socket.io.js", HttpStatusCode.NotFound)]
    [InlineData("", "/socket.io/sub/socket.io.js", HttpStatusCode.BadRequest)]
    public async Task Every_path_has_its_answer(string id, string path, HttpStatusCode expected)
    {
        await using var server = await StartAsync();
        Assert.True(expected == await StatusAsync(server, path), id);
    }

    [Fact]
    public async Task The_files_follow_the_endpoint_to_another_path_and_a_path_base()
    {
        await using var server = await KestrelServer.StartAsync(
            app =>
            {
                app.UsePathBase("/base");
                app.UseRouting();
                app.MapSocketIO("/chat/io/");
            },
            builder => builder.Services.AddSocketIO());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/base/chat/io/socket.io.min.js"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(server, "/base/socket.io/socket.io.min.js"));
    }

    private static Task<KestrelServer> StartAsync(Action<SocketIOOptions>? options = null) =>
        KestrelServer.StartAsync(app => app.MapSocketIO(), builder => builder.Services.AddSocketIO(options));

    private static async Task<HttpStatusCode> StatusAsync(KestrelServer server, string path)
    {
        using var response = await server.Http.GetAsync(new Uri(path, UriKind.Relative), Cancelled);
        return response.StatusCode;
    }

    private static async Task<string?> AllowedOriginAsync(KestrelServer server, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.js");
        request.Headers.Add("Origin", origin);
        using var response = await server.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) ? allowed.Single() : null;
    }
}
