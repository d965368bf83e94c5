using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>The handshake as the endpoint answers it: CORS, refusals.</summary>
public sealed class EndpointHandshakeTests
{
    private const string Page = "http://localhost:54023";

    [Fact]
    public async Task SIO_H_01_U_05_a_preflight_is_answered_by_the_policy_also_below_the_path()
    {
        await using var server = await StartWithCorsAsync();
        var response = await server.Polling("/socket.io/default/").SendAsync(HttpMethod.Options, "transport=polling", headers: headers =>
        {
            headers.Add("Origin", Page);
            headers.Add("Access-Control-Request-Method", "POST");
            headers.Add("Access-Control-Request-Headers", "content-type");
        });
        Assert.Equal((HttpStatusCode.NoContent, ""), (response.Status, response.Body));
        Assert.Equal(Page, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("GET,POST", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Methods")));
        Assert.Equal("content-type", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.Equal("true", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Credentials")));
    }

    [Fact]
    public async Task SIO_H_02_a_handshake_has_the_CORS_headers()
    {
        await using var server = await StartWithCorsAsync();
        var response = await GetAsync(server, "/socket.io/default/", "EIO=4&transport=polling");
        Assert.Equal(HttpStatusCode.OK, response.Status);
        Assert.StartsWith("0{", response.Body);
        Assert.Equal(Page, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Credentials")));
    }

    [Fact]
    public async Task U_08_an_error_has_the_CORS_headers_too_so_that_the_page_can_read_it()
    {
        await using var server = await StartWithCorsAsync();
        var response = await GetAsync(server, "/socket.io/", "EIO=4&transport=polling&sid=unknown");
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), (response.Status, response.Body));
        Assert.Equal(Page, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Without_a_policy_a_preflight_is_a_bad_handshake_method_and_an_answer_has_no_CORS_headers()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var preflight = await server.Polling().SendAsync(HttpMethod.Options, "EIO=4&transport=polling", headers: headers => headers.Add("Origin", Page));
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":2,"message":"Bad handshake method"}"""), (preflight.Status, preflight.Body));
        Assert.False((await GetAsync(server, "/socket.io/", "EIO=4&transport=polling")).Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [EachTransport]
    public async Task SIO_H_03_a_request_that_AllowRequest_lets_in_opens_a_session(Via via)
    {
        var asked = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.AllowRequest = context =>
        {
            asked.Add(context.Request.Query["token"]!);
            return ValueTask.FromResult<string?>(null);
        });
        await using var socket = await SocketIOTestClient.ConnectAsync(server, via, query: "token=1");
        await asked.ExpectAsync("1");
        asked.ExpectNothing();
    }

    [Fact]
    public async Task SIO_H_04_a_request_that_AllowRequest_refuses_is_forbidden_with_its_message()
    {
        var reasons = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(options: options =>
        {
            options.AllowRequest = _ => ValueTask.FromResult<string?>("not today");
            options.OnConnectionError = error => reasons.Add($"{error.Code} {error.Reason} {error.Message}");
        });
        var response = await server.Polling().SendAsync(HttpMethod.Get, "EIO=4&transport=polling");
        Assert.Equal((HttpStatusCode.Forbidden, """{"code":4,"message":"not today"}"""), (response.Status, response.Body));
        Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync())).Status);
        await reasons.ExpectAsync("Forbidden forbidden Forbidden", "Forbidden forbidden Forbidden");
        Assert.Equal(0, server.Io().Engine!.Count);
    }

    [Theory]
    [InlineData("EIO=3&transport=polling")]
    [InlineData("transport=polling")]
    [InlineData("EIO=5&transport=polling")]
    public async Task SIO_V2_03_a_client_of_version_2_gets_an_error_that_it_understands(string query)
    {
        var reasons = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(options: options => options.OnConnectionError = error => reasons.Add(error.Reason));
        var response = await server.Polling().SendAsync(HttpMethod.Get, query);
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":5,"message":"Unsupported protocol version"}"""), (response.Status, response.Body));
        await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync(query: query.Replace("polling", "websocket", StringComparison.Ordinal)));
        await reasons.ExpectAsync("unsupported_protocol_version", "unsupported_protocol_version");
        Assert.Equal(0, server.Io().Engine!.Count);
    }

    [Fact]
    public async Task U_06_the_first_coding_that_the_client_names_is_used_and_the_body_is_the_file()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        var plain = await server.Http.GetByteArrayAsync(new Uri("/socket.io/socket.io.min.js", UriKind.Relative), TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.min.js");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip,br,deflate");
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        using var unzipped = new System.IO.Compression.GZipStream(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), System.IO.Compression.CompressionMode.Decompress);
        using var copy = new MemoryStream();
        await unzipped.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(plain, copy.ToArray());
        Assert.Contains("Socket.IO v", Encoding.UTF8.GetString(plain), StringComparison.Ordinal);
    }

    private static Task<RawResponse> GetAsync(KestrelServer server, string path, string query) =>
        server.Polling(path).SendAsync(HttpMethod.Get, query, headers: headers => headers.Add("Origin", Page));

    private static Task<KestrelServer> StartWithCorsAsync() => KestrelServer.StartAsync(
        app =>
        {
            app.UseCors();
            app.MapSocketIO().RequireCors("pages");
        },
        builder =>
        {
            builder.Services.AddCors(cors => cors.AddPolicy("pages", policy => policy.WithOrigins(Page).WithMethods("GET", "POST").WithHeaders("content-type").AllowCredentials()));
            builder.Services.AddSocketIO();
        });
}
