using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Sockeye.Wire.Tapping;

namespace Sockeye.Wire;

/// <summary>Puts a <see cref="WireTap"/> into a server, and shows what it sees to those whom it concerns.</summary>
public static class WireTapExtensions
{
    /// <summary>Adds the tap. The endpoints that it sees are chosen by <see cref="UseWireTap"/>, and <see cref="MapWire"/> shows what it saw.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">What the tap keeps.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddWireTap(this IServiceCollection services, Action<WireTapOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WireTap>();
        services.AddOptions<WireTapOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }

    /// <summary>
    /// Taps an endpoint of Kestrel, at this place among its connection middleware: <c>kestrel.ConfigureEndpointDefaults(listen => listen.UseWireTap())</c> for all endpoints without
    /// TLS; after <c>listen.UseHttps(…)</c> for one with TLS, else it sees encrypted bytes.
    /// </summary>
    /// <param name="listen">The endpoint.</param>
    /// <returns>The endpoint.</returns>
    public static ListenOptions UseWireTap(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var tap = listen.ApplicationServices.GetRequiredService<WireTap>();
        listen.Use(next => context => tap.RunAsync(context, next));
        return listen;
    }

    /// <summary>
    /// Shows a session to whoever knows its id: <c>GET /wire?sid=…</c> is a stream of server-sent events, a record each; session ids, cookies and credentials are hidden where they
    /// stand in clear, and a proxy's connections, which many may share, are not shown. <c>POST /wire/cut?sid=…</c> cuts its connections;
    /// <c>POST /wire/slow?sid=…&amp;ms=300</c> makes each read and write wait so long, up to 5 s; 0 ends that.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Where.</param>
    /// <returns>The endpoints, for conventions such as authorization.</returns>
    public static IEndpointConventionBuilder MapWire(this IEndpointRouteBuilder endpoints, string path = "/wire")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var tap = endpoints.ServiceProvider.GetRequiredService<WireTap>();
        var group = endpoints.MapGroup(path);
        group.MapGet("", context => StreamAsync(context, tap));
        group.MapPost("cut", context => ChangeAsync(context, tap, static (connection, _) =>
        {
            connection.Delay = TimeSpan.Zero;
            connection.Cut();
        }));
        group.MapPost("slow", context => ChangeAsync(context, tap, static (connection, delay) => connection.Delay = delay));
        return group;
    }

    private static async Task StreamAsync(HttpContext context, WireTap tap)
    {
        if (context.Request.Query["sid"] is not [{ Length: > 0 } sid])
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (tap.Of(sid).Count == 0)
        {
            // Unknown, or not to be shown: somebody's guess, a connection beyond the limit, a proxy's.
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (tap.Watch(sid) is not { } viewer)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        tap.Find(context.Connection.Id)?.Mute();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.FlushAsync(ended.Token).ConfigureAwait(false);
            while (await viewer.Waiting.WaitToReadAsync(ended.Token).ConfigureAwait(false))
            {
                HashSet<TappedConnection> shown = [];
                while (viewer.Waiting.TryRead(out var next))
                {
                    Write(context, json => WriteRecord(json, next.Connection, next.Record));
                    shown.Add(next.Connection);
                }

                foreach (var connection in shown)
                {
                    if (connection.ReadTcpInfo() is { } tcp)
                    {
                        Write(context, json => WriteTcp(json, connection, tcp));
                    }
                }

                await context.Response.Body.FlushAsync(ended.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The page has gone, or the server goes.
        }
        finally
        {
            tap.Leave(viewer);
        }
    }

    private static void Write(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var output = context.Response.BodyWriter;
        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            write(json);
        }

        output.Write("\n\n"u8);
    }

    private static void WriteRecord(Utf8JsonWriter json, TappedConnection connection, WireRecord record)
    {
        json.WriteStartObject();
        json.WriteString("connection"u8, connection.Id);
        json.WriteString("client"u8, connection.Wire.Client);
        json.WriteString("server"u8, connection.Wire.Server);
        json.WritePropertyName("record"u8);
        WireJson.WriteRecord(json, record);
        json.WriteEndObject();
    }

    private static void WriteTcp(Utf8JsonWriter json, TappedConnection connection, TcpInfo tcp)
    {
        json.WriteStartObject();
        json.WriteString("connection"u8, connection.Id);
        json.WriteStartArray("tcp"u8);
        foreach (var field in TcpWords.Of(tcp))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, field.Name);
            json.WriteString("value"u8, field.Value);
            json.WriteString("reference"u8, field.Reference);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Task ChangeAsync(HttpContext context, WireTap tap, Action<TappedConnection, TimeSpan> change)
    {
        if (context.Request.Query["sid"] is not [{ Length: > 0 } sid])
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        _ = int.TryParse(context.Request.Query["ms"], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds);
        foreach (var connection in tap.Of(sid))
        {
            // Not the one that brought this wish: its answer has to arrive.
            if (connection.Id != context.Connection.Id)
            {
                change(connection, TimeSpan.FromMilliseconds(Math.Min(milliseconds, 5000)));
            }
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
