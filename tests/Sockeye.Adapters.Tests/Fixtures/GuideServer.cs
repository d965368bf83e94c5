using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>The application that a page of docs/operations tells how to write.</summary>
internal static class GuideServer
{
    /// <summary>Starts it with the page's engine; what the page's emitter sends must arrive.</summary>
    public static async Task RunAsync(Action<WebApplicationBuilder> register, Func<Task> emit)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        register(builder);
        await using var app = builder.Build();
        app.MapSocketIO();
        await app.StartAsync(TestContext.Current.CancellationToken).Within("the server to start");
        await using var client = await TestClient.ConnectAsync(app.Urls.Single());
        await emit();
        // An engine with a log adds the offset.
        Assert.StartsWith("news \"for all\"", await client.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await app.Services.GetRequiredService<SocketIOServer>().ServerCountAsync());
    }
}
