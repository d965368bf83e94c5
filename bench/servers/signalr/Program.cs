using Sockeye.BenchServer.SignalR;

// Sockeye.BenchServer.SignalR PORT
var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
builder.Services.AddSignalR().AddMessagePackProtocol();
var app = builder.Build();
app.MapGet("/", static (HttpContext context) => context.Response.WriteAsync("hello"));
app.MapHub<BenchHub>("/hub");
app.Run();
