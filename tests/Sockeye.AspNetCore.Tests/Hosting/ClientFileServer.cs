using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Sockeye.AspNetCore.Hosting;

namespace Sockeye.AspNetCore.Tests.Hosting;

/// <summary>A web server on loopback with the client files and, in the engine's place, an answer 400 for all the rest.</summary>
internal sealed class ClientFileServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ClientFileServer(WebApplication app, ClientBundle bundle, FakeLogCollector logs)
    {
        _app = app;
        Bundle = bundle;
        Logs = logs;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single() + "/socket.io/") };
    }

    public ClientBundle Bundle { get; }

    public FakeLogCollector Logs { get; }

    public HttpClient Client { get; }

    public static async Task<ClientFileServer> StartAsync(Func<string, Stream?>? open = null)
    {
        var logger = new FakeLogger<ClientBundle>();
        var bundle = open is null ? new ClientBundle(logger) : new ClientBundle(logger, open);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Map("/socket.io/{**file}", (HttpContext context, string? file) =>
        {
            if (bundle.TryServe(context, file ?? "", out var response))
            {
                return response;
            }

            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsync("the engine", context.RequestAborted);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ClientFileServer(app, bundle, logger.Collector);
    }

    public static Stream Pin(string version) => new MemoryStream(Encoding.UTF8.GetBytes($$$"""{"dependencies":{"socket.io":"{{{version}}}"}}"""));

    public Task<HttpResponseMessage> GetAsync(string address, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, address, headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
