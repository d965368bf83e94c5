using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Client.Engine;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Tests.Engine;

/// <summary>A Kestrel on a free port of loopback: the support server of engine.io-client's tests, or whatever a test wants to answer.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EngineHost(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single());
    }

    public Uri Address { get; }

    /// <summary>The sessions' ends as the server saw them.</summary>
    public Inbox<EngineCloseReason> Ends { get; private init; } = new();

    /// <summary>The sessions that have begun and not been taken.</summary>
    public Inbox<EngineSession> Sessions { get; private init; } = new();

    /// <summary>What came in at the server, from all sessions.</summary>
    public Inbox<string> Received { get; private init; } = new();

    /// <summary>Every request, as "GET polling", "POST polling", "GET websocket" and so on.</summary>
    public Inbox<HttpRequestLine> Requests { get; private init; } = new();

    /// <summary>Our Engine.IO server, which says "hi" and then sends everything back.</summary>
    public static async Task<EngineHost> EchoAsync(Action<EngineOptions>? configure = null, bool greets = true, Action<HttpsConnectionAdapterOptions>? https = null)
    {
        var ends = new Inbox<EngineCloseReason>();
        var sessions = new Inbox<EngineSession>();
        var received = new Inbox<string>();
        var requests = new Inbox<HttpRequestLine>();
        var app = await StartAsync(
            app =>
            {
                app.Use((context, next) =>
                {
                    requests.Add(new(context.Request));
                    return next(context);
                });
                app.MapEngineIO(
                    "/engine.io",
                    new Echo(app.Services.GetRequiredService<IHttpContextAccessor>(), sessions, received, ends, greets),
                    options =>
                    {
                        options.AllowRequest = context => new(context.Request.Query["deny"] == context.Request.Query["transport"] ? "Forbidden" : null);
                        options.OnInitialHeaders = context => context.Response.Headers.Append(
                            "Set-Cookie",
                            (string[])["1=1; Max-Age=86400", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict", "3=3; Max-Age=0", $"4=4; Expires={DateTime.UtcNow.ToString("R", CultureInfo.InvariantCulture)}"]);
                        configure?.Invoke(options);
                    });
            },
            https);
        return new EngineHost(app) { Ends = ends, Sessions = sessions, Received = received, Requests = requests };
    }

    /// <summary>A server that answers as the test says.</summary>
    public static async Task<EngineHost> ScriptedAsync(RequestDelegate answer)
    {
        var requests = new Inbox<HttpRequestLine>();
        var app = await StartAsync(app =>
        {
            app.UseWebSockets();
            app.Run(context =>
            {
                requests.Add(new(context.Request));
                return answer(context);
            });
        });
        return new EngineHost(app) { Requests = requests };
    }

    /// <summary>A connection to this server; the test opens it.</summary>
    public EngineSocket Connect(IEngineSocketHandler handler, Action<EngineSocketOptions>? configure = null, string query = "")
    {
        var options = new EngineSocketOptions { UpgradeMemory = new() };
        configure?.Invoke(options);
        return new EngineSocket(new Uri(Address, query), options, handler);
    }

    public async ValueTask DisposeAsync()
    {
        using var hurry = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(hurry.Token);
        await _app.DisposeAsync().AsTask().Within();
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map, Action<HttpsConnectionAdapterOptions>? https = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listener =>
        {
            if (https is not null)
            {
                listener.UseHttps(https);
            }
        }));
        builder.Logging.ClearProviders();
        builder.Services.AddHttpContextAccessor();
        var app = builder.Build();
        map(app);
        await app.StartAsync(TestContext.Current.CancellationToken).Within();
        return app;
    }

    private sealed class Echo(IHttpContextAccessor request, Inbox<EngineSession> sessions, Inbox<string> received, Inbox<EngineCloseReason> ends, bool greets) : IEngineHandler
    {
        public void OnOpen(EngineSession session)
        {
            sessions.Add(session);
            if (greets)
            {
                session.Send(OutboundMessage.Text("hi"));
            }
        }

        public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
        {
            var text = isBinary ? null : Encoding.UTF8.GetString(data);
            received.Add(text ?? $"binary:{Convert.ToHexStringLower(data)}");
            switch (text)
            {
                case null:
                    session.Send(OutboundMessage.Binary(data.ToArray()));
                    break;
                case "give binary":
                    session.Send(OutboundMessage.Binary(new byte[] { 0, 1, 2, 3, 4 }));
                    break;
                case "give utf8":
                    session.Send(OutboundMessage.Text("пойду спать всем спокойной ночи"));
                    break;
                case "sendHeaders":
                    session.Send(OutboundMessage.Text(HeadersOf(request.HttpContext!.Request)));
                    break;
                case "close me":
                    session.Close();
                    break;
                default:
                    session.Send(OutboundMessage.Text(text));
                    break;
            }
        }

        public void OnClose(EngineSession session, EngineCloseReason reason, string? detail) => ends.Add(reason);

        private static string HeadersOf(HttpRequest request)
        {
            var headers = new JsonObject();
            foreach (var (name, value) in request.Headers)
            {
                headers[name.ToLowerInvariant()] = value.ToString();
            }

            return headers.ToJsonString();
        }
    }
}

/// <summary>What a request asked for.</summary>
internal sealed class HttpRequestLine(HttpRequest request)
{
    public string Method { get; } = request.Method;

    public string Path { get; } = request.Path;

    public string QueryString { get; } = request.QueryString.Value!;

    public string Transport { get; } = request.Query["transport"].ToString();

    public bool HasSession { get; } = request.Query.ContainsKey("sid");

    public IReadOnlyDictionary<string, string> Headers { get; } = request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    public override string ToString() => $"{Method} {Path}{QueryString}";
}
