using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Sockeye.Client.Tests.Engine;

/// <summary>A server that says what the test puts in its mouth. The first poll is answered with the open packet, each further one with the next of <see cref="Polls"/>.</summary>
internal sealed class ScriptedEngine
{
    public const string OpenPacket = """0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""";

    private int _polls;

    public string Open { get; init; } = OpenPacket;

    public Channel<string> Polls { get; } = Channel.CreateUnbounded<string>();

    /// <summary>The bodies of the POSTs.</summary>
    public Inbox<string> Posts { get; } = new();

    /// <summary>Before a POST is answered.</summary>
    public Func<Task>? BeforePostAnswer { get; init; }

    /// <summary>What happens on a WebSocket; without it, it is refused with 404.</summary>
    public Func<WebSocket, CancellationToken, Task>? WebSocket { get; init; }

    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await AnswerInTimeAsync(context);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException or IOException)
        {
            // The client has gone.
        }
    }

    public static Task SendAsync(WebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    public static async Task<string?> ReceiveAsync(WebSocket socket, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        var result = await socket.ReceiveAsync(buffer, cancellation);
        return result.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    /// <summary>Reads until the client closes.</summary>
    public static async Task DrainAsync(WebSocket socket, CancellationToken cancellation)
    {
        while (await ReceiveAsync(socket, cancellation) is not null)
        {
        }
    }

    private async Task AnswerInTimeAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            if (WebSocket is null)
            {
                context.Response.StatusCode = 404;
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await WebSocket(socket, context.RequestAborted);
        }
        else if (context.Request.Method == "POST")
        {
            Posts.Add(await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted));
            await (BeforePostAnswer?.Invoke().WaitAsync(context.RequestAborted) ?? Task.CompletedTask);
            await context.Response.WriteAsync("ok", context.RequestAborted);
        }
        else
        {
            await context.Response.WriteAsync(Interlocked.Increment(ref _polls) == 1 ? Open : await Polls.Reader.ReadAsync(context.RequestAborted), context.RequestAborted);
        }
    }
}
