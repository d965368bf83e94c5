#:sdk Microsoft.NET.Sdk.Web
#:package SocketIOClient
#:project ../src/Sockeye.AspNetCore/Sockeye.AspNetCore.csproj
#:project ../src/Sockeye.Client/Sockeye.Client.csproj
#:property PublishAot=false
#:property JsonSerializerIsReflectionEnabledByDefault=true

// Sockeye.Client beside the official JavaScript client and the SocketIOClient package, in one run, against one server (ours, in a process of its own), over WebSocket.
//
//   npm ci --prefix bench/servers/peers                      once: the official client
//   dotnet run -c Release bench/client-peers.cs              5 interleaved rounds, 10,000 reconnects
//   dotnet run -c Release bench/client-peers.cs -- 3 1000    rounds, reconnects
//
// Each peer runs in a process of its own, one after the other, so that none measures the other's load. CPU is the client process's own, from the operating system: the figure that holds on a
// noisy machine. Allocations are those of the whole process, per message. Every reply is checked.

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Client = Sockeye.Client.Sockets.SocketIOClient;
using ClientOptions = Sockeye.Client.Sockets.SocketIOClientOptions;
using Incumbent = SocketIOClient.SocketIO;

const int RoundTrips = 20_000;
const int Events = 100_000;
const int WarmUp = 10_000;
var payload = new string('x', 64);

switch (args)
{
    case ["serve"]:
        await ServeAsync();
        return;
    case ["sockeye", var url, var count]:
        await RunSockeyeAsync(url, int.Parse(count, null));
        return;
    case ["incumbent", var url, var count]:
        await RunIncumbentAsync(url, int.Parse(count, null));
        return;
}

var rounds = args is [var given, ..] ? int.Parse(given, null) : 5;
var reconnects = args is [_, var wanted] ? wanted : "10000";
using var server = Start(Environment.ProcessPath!, "serve");
try
{
    var url = (await server.StandardOutput.ReadLineAsync())!;
    (string Name, string File, string[] Arguments)[] peers =
    [
        ("Sockeye.Client", Environment.ProcessPath!, ["sockeye", url, reconnects]),
        ("socket.io-client 4.8.4, Node", "node", [File.Exists("client-peers.mjs") ? "client-peers.mjs" : "bench/client-peers.mjs", url, reconnects]),
        ("SocketIOClient 3.0.6", Environment.ProcessPath!, ["incumbent", url, reconnects]),
    ];
    var results = peers.Select(_ => new List<Result>()).ToArray();
    for (var round = 1; round <= rounds; round++)
    {
        for (var i = 0; i < peers.Length; i++)
        {
            Console.Error.Write($"\rround {round} of {rounds}: {peers[i].Name}          ");
            using var peer = Start(peers[i].File, peers[i].Arguments);
            var line = await peer.StandardOutput.ReadToEndAsync();
            await peer.WaitForExitAsync();
            results[i].Add(JsonSerializer.Deserialize<Result>(line) ?? throw new InvalidOperationException($"{peers[i].Name} gave no result: {line}"));
        }
    }

    Console.Error.WriteLine();
    Print(peers.Select(peer => peer.Name).ToArray(), results);
}
finally
{
    server.Kill();
}

static Process Start(string file, params string[] arguments) => Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true })!;

void Print(string[] names, List<Result>[] results)
{
    (string Title, Func<Result, double?> Pick, bool IsMoreBetter, string Format)[] rows =
    [
        ("emit with ack, 1 in flight: round trips a second", result => result.Echo1, true, "#,0"),
        ("the same: CPU of the client, µs each", result => result.Echo1Cpu, false, "0.0"),
        ("emit with ack, 16 in flight: round trips a second", result => result.Echo16, true, "#,0"),
        ("the same: CPU of the client, µs each", result => result.Echo16Cpu, false, "0.0"),
        ("allocated for each round trip, bytes", result => result.EchoBytes, false, "#,0"),
        ("events received a second", result => result.Received, true, "#,0"),
        ("the same: CPU of the client, µs each", result => result.ReceivedCpu, false, "0.00"),
        ("allocated for each event, bytes", result => result.ReceivedBytes, false, "#,0"),
        ($"{reconnects} reconnects, seconds", result => result.Reconnects, false, "0.0"),
    ];
    Console.WriteLine($"| median of {results[0].Count} rounds | {string.Join(" | ", names)} | times better than the best other |");
    Console.WriteLine("|---|" + string.Concat(names.Select(_ => "---|")) + "---|");
    foreach (var (title, pick, isMoreBetter, format) in rows)
    {
        var values = results.Select(result => Median(result.Select(pick))).ToArray();
        var others = values[1..].Where(value => !double.IsNaN(value)).ToArray();
        var ratio = isMoreBetter ? values[0] / others.Max() : others.Min() / values[0];
        Console.WriteLine($"| {title} | {string.Join(" | ", values.Select(value => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture)))} | {ratio:0.00} |");
    }
}

static double Median(IEnumerable<double?> values)
{
    var sorted = values.Select(value => value ?? double.NaN).Order().ToArray();
    return sorted[sorted.Length / 2];
}

static async Task ServeAsync()
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.ClearProviders();
    builder.Services.AddSocketIO(options => options.MaxQueuedBytes = 256 * 1024 * 1024);
    var app = builder.Build();
    var io = app.MapSocketIO();
    io.On("echo", (ServerSocket _, string text) => text);
    io.On("burst", async (ServerSocket socket, int count, string text) =>
    {
        for (var i = 0; i < count; i++)
        {
            await socket.EmitAsync("tick", text);
        }
    });
    io.On("drop", (ServerSocket socket) => socket.Conn.Close());
    await app.StartAsync();
    Console.WriteLine(app.Urls.First());
    await app.WaitForShutdownAsync();
}

async Task RunSockeyeAsync(string url, int reconnects)
{
    var options = new ClientOptions
    {
        Transports = [Sockeye.Client.Engine.TransportType.WebSocket],
        ReconnectionDelay = TimeSpan.FromMilliseconds(1),
        ReconnectionDelayMax = TimeSpan.FromMilliseconds(1),
        RandomizationFactor = 0,
    };
    await using var client = new Client(url, options);
    var socket = client.Socket();
    await socket.ConnectAsync();
    var (ticks, done) = (0, new TaskCompletionSource());
    socket.On("tick", (string text) =>
    {
        if (text == payload && --ticks == 0)
        {
            done.SetResult();
        }
    });
    await MeasureAsync(
        async () =>
        {
            Check(await socket.EmitWithAckAsync<string>("echo", [payload]));
        },
        async count =>
        {
            (ticks, done) = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await socket.EmitAsync("burst", count, payload);
            await done.Task;
        },
        async count =>
        {
            var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            socket.OnConnect(async () =>
            {
                if (--count == 0)
                {
                    finished.SetResult();
                }
                else
                {
                    await socket.EmitAsync("drop");
                }
            });
            await socket.EmitAsync("drop");
            await finished.Task;
        },
        reconnects);
}

async Task RunIncumbentAsync(string url, int reconnects)
{
    var client = new Incumbent(url, new SocketIOClient.SocketIOOptions
    {
        Transport = SocketIOClient.Transport.TransportProtocol.WebSocket,
        ReconnectionDelay = 1,
        ReconnectionDelayMax = 1,
        RandomizationFactor = 0,
    });
    var (ticks, done) = (0, new TaskCompletionSource());
    client.On("tick", response =>
    {
        if (response.GetValue<string>() == payload && --ticks == 0)
        {
            done.SetResult();
        }
    });
    await client.ConnectAsync();

    // It loses acknowledgements when several threads emit, so here only one does at a time.
    using var turn = new SemaphoreSlim(1);
    await MeasureAsync(
        async () =>
        {
            var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            await turn.WaitAsync();
            try
            {
                await client.EmitAsync("echo", response => answered.SetResult(response.GetValue<string>()), payload);
            }
            finally
            {
                turn.Release();
            }

            Check(await answered.Task);
        },
        async count =>
        {
            (ticks, done) = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await client.EmitAsync("burst", count, payload);
            await done.Task;
        },
        async count =>
        {
            var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            client.OnConnected += async (_, _) =>
            {
                if (--count == 0)
                {
                    finished.SetResult();
                }
                else
                {
                    await client.EmitAsync("drop");
                }
            };
            await client.EmitAsync("drop");
            await finished.Task.WaitAsync(TimeSpan.FromMinutes(5));
        },
        reconnects);
}

void Check(string answer)
{
    if (answer != payload)
    {
        throw new InvalidOperationException($"Not what was sent: {answer}");
    }
}

async Task MeasureAsync(Func<Task> echo, Func<int, Task> receive, Func<int, Task> reconnect, int reconnects)
{
    async Task EchoAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await echo();
        }
    }

    await EchoAsync(WarmUp);
    await receive(WarmUp);
    var bytes = GC.GetTotalAllocatedBytes(precise: true);
    var (echo1, echo1Cpu) = await TimeAsync(() => EchoAsync(RoundTrips));
    var echoBytes = (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)RoundTrips;
    var (echo16, echo16Cpu) = await TimeAsync(() => Task.WhenAll(Enumerable.Range(0, 16).Select(_ => EchoAsync(RoundTrips / 16))));
    bytes = GC.GetTotalAllocatedBytes(precise: true);
    var (received, receivedCpu) = await TimeAsync(() => receive(Events));
    var receivedBytes = (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)Events;
    double? reconnected = null;
    try
    {
        (reconnected, _) = await TimeAsync(() => reconnect(reconnects));
    }
    catch (TimeoutException)
    {
        // A peer that does not get through has no figure.
    }

    Console.WriteLine(JsonSerializer.Serialize(new Result(
        RoundTrips / echo1, 1e6 * echo1Cpu / RoundTrips, RoundTrips / echo16, 1e6 * echo16Cpu / RoundTrips, echoBytes, Events / received, 1e6 * receivedCpu / Events, receivedBytes, reconnected)));
}

static async Task<(double Seconds, double Cpu)> TimeAsync(Func<Task> work)
{
    using var process = Process.GetCurrentProcess();
    var (cpu, begin) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
    await work();
    process.Refresh();
    return (Stopwatch.GetElapsedTime(begin).TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
}

internal sealed record Result(double Echo1, double Echo1Cpu, double Echo16, double Echo16Cpu, double? EchoBytes, double Received, double ReceivedCpu, double? ReceivedBytes, double? Reconnects);
