using Sockeye.BenchServer.SignalR;

// Sockeye.BenchServer.SignalR PORT [redis], with REDIS=host:port in the environment
var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
var signalR = builder.Services.AddSignalR().AddMessagePackProtocol();
if (args.Contains("redis"))
{
    signalR.AddStackExchangeRedis(Environment.GetEnvironmentVariable("REDIS")!);
}

var app = builder.Build();
app.MapGet("/", static (HttpContext context) => context.Response.WriteAsync("hello"));
app.MapHub<BenchHub>("/hub");
app.Run();
