#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Sockeye.AspNetCore/Sockeye.AspNetCore.csproj
#:property PublishAot=false

// What it costs that a request reaches the wrong node.
//
//   dotnet run -c Release bench/relay-cost.cs              2,000 round trips of each kind
//   dotnet run -c Release bench/relay-cost.cs -- 500       another number
//
// Two nodes and a client in this process, one event with 100 characters in flight: the median of the round trip, and the CPU time of the process for each. The last line is what a relay over
// the backplane would pay before anything else: a question and an answer through Redis (redis-server, if it is installed) and back, over bare sockets.

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

var count = args is [var given] ? int.Parse(given, null) : 2000;
var hub = new MemoryHub();
await using var first = await StartAsync(hub);
await using var second = await StartAsync(hub);
var (here, there) = (first.Urls.Single(), second.Urls.Single());
using var http = new HttpClient();
var text = new string('x', 100);
Console.WriteLine("| Round trip of an event and its acknowledgement | median µs | CPU µs, client included |");
Console.WriteLine("|---|---|---|");
foreach (var (name, url) in new[] { ("direct", here), ("relayed", there) })
{
    var sid = await OpenAsync();
    await PostAsync(here, sid, "40");
    await http.GetStringAsync(UrlOf(here, sid));
    await MeasureAsync($"polling, {name}", async () =>
    {
        await PostAsync(url, sid, $"420[\"echo\",\"{text}\"]");
        await http.GetStringAsync(UrlOf(url, sid));
    });
}

foreach (var (name, url) in new[] { ("direct", here), ("relayed", there) })
{
    var sid = await OpenAsync();
    using var socket = new ClientWebSocket();
    await socket.ConnectAsync(new Uri($"{url.Replace("http", "ws", StringComparison.Ordinal)}/socket.io/?EIO=4&transport=websocket&sid={sid}"), default);
    var buffer = new byte[4096];
    foreach (var packet in new[] { "2probe", "5", "40" })
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, true, default);
        if (packet != "5")
        {
            await socket.ReceiveAsync(buffer, default);
        }
    }

    var echo = Encoding.UTF8.GetBytes($"420[\"echo\",\"{text}\"]");
    await MeasureAsync($"WebSocket, {name}", async () =>
    {
        await socket.SendAsync(echo, WebSocketMessageType.Text, true, default);
        await socket.ReceiveAsync(buffer, default);
    });
}

await MeasureRedisAsync();

async Task MeasureAsync(string name, Func<Task> trip, Func<TimeSpan>? others = null)
{
    for (var i = 0; i < count / 4; i++)
    {
        await trip();
    }

    var times = new double[count];
    using var process = Process.GetCurrentProcess();
    var begin = process.TotalProcessorTime + (others?.Invoke() ?? default);
    for (var i = 0; i < count; i++)
    {
        var start = Stopwatch.GetTimestamp();
        await trip();
        times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    process.Refresh();
    var cpu = process.TotalProcessorTime + (others?.Invoke() ?? default) - begin;
    Array.Sort(times);
    Console.WriteLine($"| {name} | {times[count / 2]:0} | {cpu.TotalMicroseconds / count:0} |");
}

async Task MeasureRedisAsync()
{
    Process? redis;
    const int Port = 16399;
    try
    {
        redis = Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{Port}", "--save", "", "--bind", "127.0.0.1"]) { RedirectStandardOutput = true });
    }
    catch (System.ComponentModel.Win32Exception)
    {
        Console.WriteLine("redis-server is not installed.");
        return;
    }

    try
    {
        using var asker = await ConnectAsync(Port);
        using var answers = await SubscribeAsync(Port, "b");
        using var questions = await SubscribeAsync(Port, "a");
        using var answerer = await ConnectAsync(Port);
        var buffer = new byte[4096];
        var payload = new string('x', 200);
        await MeasureAsync("question and answer through Redis, bare", async () =>
        {
            await PublishAsync(asker, "a", payload);
            await questions.ReceiveAsync(buffer);
            await PublishAsync(answerer, "b", payload);
            await answers.ReceiveAsync(buffer);
            await asker.ReceiveAsync(buffer);
            await answerer.ReceiveAsync(buffer);
        }, () =>
        {
            redis!.Refresh();
            return redis.TotalProcessorTime;
        });
    }
    finally
    {
        redis!.Kill();
        redis.WaitForExit();
    }
}

static async Task<Socket> ConnectAsync(int port)
{
    for (var attempt = 0; ; attempt++)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return socket;
        }
        catch (SocketException) when (attempt < 100)
        {
            socket.Dispose();
            await Task.Delay(50);
        }
    }
}

static async Task<Socket> SubscribeAsync(int port, string channel)
{
    var socket = await ConnectAsync(port);
    await socket.SendAsync(Encoding.ASCII.GetBytes($"SUBSCRIBE {channel}\r\n"));
    await socket.ReceiveAsync(new byte[256]);
    return socket;
}

static async Task PublishAsync(Socket socket, string channel, string payload) => await socket.SendAsync(Encoding.ASCII.GetBytes($"PUBLISH {channel} {payload}\r\n"));

static string UrlOf(string url, string? sid = null) => $"{url}/socket.io/?EIO=4&transport=polling{(sid is null ? "" : $"&sid={sid}")}";

async Task<string> OpenAsync()
{
    using var open = JsonDocument.Parse((await http.GetStringAsync(UrlOf(here)))[1..]);
    return open.RootElement.GetProperty("sid").GetString()!;
}

async Task PostAsync(string url, string sid, string packets)
{
    using var content = new StringContent(packets);
    using var response = await http.PostAsync(UrlOf(url, sid), content);
    response.EnsureSuccessStatusCode();
}

static async Task<WebApplication> StartAsync(MemoryHub hub)
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.ClearProviders();
    builder.Services.AddSingleton<IClusterBackend>(hub);
    builder.Services.AddSocketIO();
    var app = builder.Build();
    app.MapSocketIO().On("echo", static (ServerSocket _, string text) => Task.FromResult(text));
    await app.StartAsync();
    return app;
}
