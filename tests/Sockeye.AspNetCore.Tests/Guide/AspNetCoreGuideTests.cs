using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>What the pages of the guide say, their application does.</summary>
public sealed class AspNetCoreGuideTests
{
    [Fact]
    public async Task The_application_of_the_guide_does_what_its_pages_say()
    {
        await using var server = await KestrelServer.StartAsync(AspNetCoreGuide.Map, builder =>
        {
            using var settings = typeof(AspNetCoreGuideTests).Assembly.GetManifestResourceStream("Guide/appsettings.json")!;
            builder.Configuration.AddJsonStream(settings);
            AspNetCoreGuide.AddServices(builder);
        });
        Assert.Equal(TimeSpan.FromSeconds(20), server.Io().Options.DrainDuration);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<WebSocketRefusedException>(() => server.WebSocketAsync())).Status);

        var token = await LoginAsync(server, "ann");
        await using var ann = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&access_token={token}", configure: options => options.SetRequestHeader("Origin", "https://chat.example"));
        await ann.ReceiveHandshakeAsync();
        await ann.SendTextAsync("40");
        Assert.StartsWith("40{", await ann.ReceiveTextAsync());
        await ann.SendTextAsync("40/moderation,");
        Assert.Equal("""44/moderation,{"message":"Forbidden","data":{"code":403}}""", await ann.ReceiveTextAsync());
        await ann.SendTextAsync("""421["message","hello"]""");
        Assert.Equal("431[1]", await ann.ReceiveTextAsync());
        await ann.SendTextAsync($"422[\"token\",\"{await LoginAsync(server, "ann", "moderator")}\"]");
        Assert.Equal("432[true]", await ann.ReceiveTextAsync());
        await ann.SendTextAsync("40/moderation,");
        Assert.StartsWith("40/moderation,{", await ann.ReceiveTextAsync());
        await ann.SendTextAsync("""423["token","forged"]""");
        Assert.Equal("433[false]", await ann.ReceiveTextAsync());

        await using var mallory = await server.WebSocketAsync(query: $"EIO=4&transport=websocket&access_token={await LoginAsync(server, "mallory")}");
        await mallory.ReceiveHandshakeAsync();
        await mallory.SendTextAsync("40");
        Assert.Equal("""44{"message":"You are banned"}""", await mallory.ReceiveTextAsync());

        await using var admin = await server.WebSocketAsync("/admin/");
        Assert.Equal(100_000, (await admin.ReceiveHandshakeAsync()).GetProperty("maxPayload").GetInt32());
        await admin.SendTextAsync("40");
        await admin.ReceiveTextAsync();
        await admin.SendTextAsync("""421["ping"]""");
        Assert.Equal("""431["pong"]""", await admin.ReceiveTextAsync());
        await server.Services.GetRequiredService<AspNetCoreGuide.Alarm>().RaiseAsync("fire");
        Assert.Equal("""42["alarm","fire"]""", await admin.ReceiveTextAsync());

        Assert.Equal("Healthy", await server.Http.GetStringAsync(new Uri("/ready", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    private static async Task<string> LoginAsync(KestrelServer server, string name, string role = "member")
    {
        using var response = await server.Http.PostAsync(new Uri($"/login/{name}?role={role}", UriKind.Relative), null, TestContext.Current.CancellationToken);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("accessToken").GetString()!;
    }
}
