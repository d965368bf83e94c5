#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Sockeye.AspNetCore/Sockeye.AspNetCore.csproj
#:property PublishAot=false

// What permessage-deflate costs in memory for each connection.
//
//   dotnet run -c Release bench/deflate-cost.cs              1,000 connections for each setting
//   dotnet run -c Release bench/deflate-cost.cs -- 500       another number
//
// A server process for each setting; the connections exchange one 4 KB message each way, so that every compressor has worked, then they are idle. The figure is
// the growth of the server's resident memory after a full collection, divided by the number of connections.

using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

(string Name, PerMessageDeflateOptions? Options)[] settings =
[
    ("off (default)", null),
    ("on, no context takeover (default when on)", new()),
    ("on, the client's context is kept", new() { ClientNoContextTakeover = false }),
    ("on, the client's context is kept, 10 window bits", new() { ClientNoContextTakeover = false, ClientMaxWindowBits = 10 }),
    ("on, the server's context is kept", new() { ServerNoContextTakeover = false }),
    ("on, both contexts are kept", new() { ServerNoContextTakeover = false, ClientNoContextTakeover = false }),
];

if (args is ["serve", var index])
{
    await ServeAsync(settings[int.Parse(index, null)].Options);
    return;
}

var count = args is [var given] ? int.Parse(given, null) : 1000;
Console.WriteLine($"| permessage-deflate | KB for each of {count} connections |");
Console.WriteLine("|---|---|");
for (var i = 0; i < settings.Length; i++)
{
    Console.WriteLine($"| {settings[i].Name} | {await MeasureAsync(i):0.0} |");
}

async Task<double> MeasureAsync(int setting)
{
    using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", $"{setting}"]) { RedirectStandardOutput = true })!;
    var sockets = new List<ClientWebSocket>();
    try
    {
        var address = new Uri((await server.StandardOutput.ReadLineAsync())!);
        using var http = new HttpClient { BaseAddress = address };
        var url = new UriBuilder(address) { Scheme = "ws", Path = "/engine.io/", Query = "EIO=4&transport=websocket" }.Uri;
        for (var i = 0; i < 50; i++)
        {
            sockets.Add(await OpenAsync(url));
        }

        var before = await MemoryAsync(http);
        for (var i = 0; i < count; i++)
        {
            sockets.Add(await OpenAsync(url));
        }

        return (await MemoryAsync(http) - before) / (count * 1024.0);
    }
    finally
    {
        sockets.ForEach(static socket => socket.Dispose());
        server.Kill();
    }
}

static async Task<long> MemoryAsync(HttpClient http) => long.Parse(await http.GetStringAsync(new Uri("/memory", UriKind.Relative)), null);

static async Task<ClientWebSocket> OpenAsync(Uri url)
{
    var socket = new ClientWebSocket();
    socket.Options.DangerousDeflateOptions = new() { ClientMaxWindowBits = 14 };
    await socket.ConnectAsync(url, default);
    var buffer = new byte[8192];
    await socket.ReceiveAsync(buffer, default);
    await socket.SendAsync(Encoding.UTF8.GetBytes("4" + string.Concat(Enumerable.Range(0, 600).Select(static i => $"{i * 7919}"))), WebSocketMessageType.Text, true, default);
    while (!(await socket.ReceiveAsync(buffer, default)).EndOfMessage)
    {
    }

    return socket;
}

static async Task ServeAsync(PerMessageDeflateOptions? deflate)
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.ClearProviders();
    await using var app = builder.Build();
    app.MapEngineIO("/engine.io", new Echo(), options =>
    {
        options.PerMessageDeflate = deflate;
        options.PingInterval = TimeSpan.FromHours(1);
    });
    app.MapGet("/memory", static () =>
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return $"{Environment.WorkingSet}";
    });
    await app.StartAsync();
    Console.WriteLine(app.Urls.First());
    await app.WaitForShutdownAsync();
}

internal sealed class Echo : IEngineHandler
{
    public void OnOpen(EngineSession session)
    {
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) => session.Send(OutboundMessage.Text(data));

    public void OnClose(EngineSession session, EngineCloseReason reason, string? detail)
    {
    }
}
