using System.Diagnostics.Metrics;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Chaos;

/// <summary>One of the servers. It writes a line when it listens, whenever it counts something as lost, and when its link is lost and back; what it logs goes to its standard error.</summary>
internal static class ChaosNode
{
    public const string Ready = "ready ";
    public const string Lost = "lost";
    public const string LinkLost = "link lost";
    public const string LinkBack = "link back";
    public const string Room = "all";

    public static async Task<int> RunAsync(Engine engine, int port, string name, string fault)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddSimpleConsole(static console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff ")).AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning).AddProvider(new LinkWatch()).AddFilter<LinkWatch>("Sockeye", LogLevel.Information);
        builder.Services.AddSocketIO(static options => options.ConnectionStateRecovery = new());
        engine.Add(builder.Services, port, fault);
        var app = builder.Build();
        var io = app.MapSocketIO();
        io.OnConnection(async socket =>
        {
            if (!socket.Recovered)
            {
                await socket.JoinAsync(Room);
            }
        });
        io.On("where", (ServerSocket _) => name);
        io.On("say", async (ServerSocket _, int id) =>
        {
            try
            {
                await io.To(Room).EmitAsync("said", id);
                return "ok";
            }
            catch (ClusterException e)
            {
                return e.Message;
            }
        });

        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "sockeye.cluster.messages_refused")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, tags, _) =>
        {
            foreach (var (_, reason) in tags)
            {
                if (reason is nameof(ClusterError.Lost))
                {
                    Console.WriteLine(Lost);
                }
            }
        });
        listener.Start();

        // The process that started this one may be gone: then this one has nothing to do any more.
        _ = Task.Run(async () =>
        {
            while (await Console.In.ReadLineAsync() is not null)
            {
            }

            app.Lifetime.StopApplication();
        });
        await app.StartAsync();
        Console.WriteLine($"{Ready}{new Uri(app.Urls.Single()).Port}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>Tells what the engine's log says of its link: until it is back, what others send may not come.</summary>
    private sealed class LinkWatch : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name is nameof(LinkLost) or nameof(LinkBack))
            {
                Console.WriteLine(eventId.Name == nameof(LinkLost) ? LinkLost : LinkBack);
            }
        }

        public void Dispose()
        {
        }
    }
}
