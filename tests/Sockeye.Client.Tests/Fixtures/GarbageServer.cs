using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>A server that answers the handshake and the CONNECT as it should, and then sends what no server may.</summary>
internal sealed class GarbageServer : IAsyncDisposable
{
    private const string Handshake = """0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""";
    private const string Connect = """40{"sid":"def"}""";

    private readonly WebApplication _app;
    private readonly string _garbage;
    private readonly TaskCompletionSource _sending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _polls;

    private readonly string? _page;

    private GarbageServer(WebApplication app, string garbage, string? page)
    {
        _app = app;
        _garbage = garbage;
        _page = page;
        app.UseWebSockets();
        app.Map("/socket.io", AnswerAsync);
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts a server.</summary>
    /// <param name="garbage">Engine.IO packets as text, with the separator of polling between them, for <see cref="Send"/>.</param>
    /// <param name="page">What is answered to everything instead, with status 404 if it is empty.</param>
    public static async Task<GarbageServer> StartAsync(string garbage, string? page = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new GarbageServer(builder.Build(), garbage, page);
        await server._app.StartAsync(TestContext.Current.CancellationToken).Within();
        return server;
    }

    /// <summary>Sends the garbage to the client.</summary>
    public void Send() => _sending.TrySetResult();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context) => _page is not null ? ShowAsync(context.Response, _page) : context.WebSockets.IsWebSocketRequest ? FrameAsync(context) : PollAsync(context);

    private static Task ShowAsync(HttpResponse response, string page)
    {
        response.StatusCode = page.Length == 0 ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return response.WriteAsync(page);
    }

    private async Task FrameAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await SendAsync(socket, Handshake);
        // The client's CONNECT.
        var buffer = new byte[1024];
        await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
        await SendAsync(socket, Connect);
        await _sending.Task.WaitAsync(context.RequestAborted);
        foreach (var packet in _garbage.Split('\u001e'))
        {
            await SendAsync(socket, packet);
        }

        // Until the client goes.
        while (socket.State == WebSocketState.Open && (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted)).MessageType != WebSocketMessageType.Close)
        {
        }
    }

    private async Task PollAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/plain; charset=UTF-8";
        if (HttpMethods.IsPost(context.Request.Method))
        {
            await response.WriteAsync("ok");
        }
        else if (!context.Request.Query.ContainsKey("sid"))
        {
            Volatile.Write(ref _polls, 0);
            await response.WriteAsync(Handshake);
        }
        else
        {
            switch (Interlocked.Increment(ref _polls))
            {
                case 1:
                    await response.WriteAsync(Connect);
                    break;
                case 2:
                    await _sending.Task.WaitAsync(context.RequestAborted);
                    await response.WriteAsync(_garbage);
                    break;
                default:
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                    break;
            }
        }
    }

    private static Task SendAsync(WebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
}
