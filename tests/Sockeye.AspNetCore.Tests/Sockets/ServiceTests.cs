using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Services of an event: a scope for each, made when first asked for, disposed with the handler.</summary>
public sealed class ServiceTests
{
    private static Task<KestrelServer> StartAsync(Journal journal, Action<SocketIOEndpoint> configure, Action<SocketIOOptions>? options = null) => SocketIOTestServer.StartAsync(
        configure,
        options,
        builder: builder =>
        {
            builder.Services.AddSingleton(journal);
            builder.Services.AddScoped<Store>();
            builder.Services.AddScoped<Broken>();
        });

    [Theory]
    [EachTransport]
    public async Task A_parameter_whose_type_is_a_service_comes_from_the_scope_and_the_others_from_the_client(Via via)
    {
        var journal = new Journal();
        await using var server = await StartAsync(journal, io =>
        {
            io.On("one", (ServerSocket _, Store store) => store.Number);
            io.On("two", (ServerSocket socket, string text, Store store, int number) => $"{text} {number} {store == socket.Services.GetService<Store>()}");
            io.On("three", async (ServerSocket _, Store store, ILogger<ServiceTests> logger, string text, int number) =>
            {
                await Task.Yield();
                return $"{store.Number} {text} {number} {logger.IsEnabled(LogLevel.Critical)}";
            });
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        Assert.Equal("[1]", (await client.AskAsync("one")).Data.GetRawText());
        await journal.ExpectAsync("made 1", "disposed 1");
        Assert.Equal("""["a 5 True"]""", (await client.AskAsync("two", "a", 5)).Data.GetRawText());
        await journal.ExpectAsync("made 2", "disposed 2");
        Assert.Equal("""["3 b 6 True"]""", (await client.AskAsync("three", "b", 6)).Data.GetRawText());
        await journal.ExpectAsync("made 3", "disposed 3");
    }

    [Fact]
    public async Task A_handler_of_one_socket_takes_services_too()
    {
        var journal = new Journal();
        await using var server = await StartAsync(journal, io => io.OnConnection(socket => socket.On("own", (string text, Store store) => $"{text}{store.Number}")));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        Assert.Equal("""["x1"]""", (await client.AskAsync("own", "x")).Data.GetRawText());
    }

    [Fact]
    public async Task A_list_is_the_clients_though_the_container_could_make_one()
    {
        await using var server = await StartAsync(new Journal(), io => io.On("sum", (ServerSocket _, IEnumerable<int> numbers, IEnumerable<Store> stores) => numbers.Sum() + stores.Count()));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        Assert.Equal("[7]", (await client.AskAsync("sum", Enumerable.Range(1, 3))).Data.GetRawText());
    }

    [Fact]
    public async Task The_listeners_the_middlewares_and_the_handler_of_an_event_share_a_scope()
    {
        var journal = new Journal();
        await using var server = await StartAsync(journal, io =>
        {
            io.OnAny((socket, name, _) => journal.Add($"any {socket.Services.GetRequiredService<Store>().Number}"));
            io.UseEvents(async (e, next) =>
            {
                journal.Add($"before {e.Socket.Services.GetRequiredService<Store>().Number}");
                await next();
                journal.Add($"after {e.Socket.Services.GetRequiredService<Store>().Number}");
            });
            io.On("event", (ServerSocket _, Store store) => journal.Add($"handler {store.Number}"));
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.EmitAsync("event");
        await client.EmitAsync("event");
        await journal.ExpectAsync("made 1", "any 1", "before 1", "handler 1", "after 1", "disposed 1", "made 2", "any 2", "before 2", "handler 2", "after 2", "disposed 2");
    }

    [Theory]
    [EachTransport]
    public async Task The_connect_middlewares_the_connection_handlers_and_the_end_have_a_scope_each(Via via)
    {
        var journal = new Journal();
        await using var server = await StartAsync(journal, io =>
        {
            io.Use((socket, next) =>
            {
                journal.Add($"first {socket.Services.GetRequiredService<Store>().Number}");
                return next();
            });
            io.Use(async (socket, next) =>
            {
                await next();
                journal.Add($"second {socket.Services.GetRequiredService<Store>().Number}");
            });
            io.OnConnection(socket => journal.Add($"connection {socket.Services.GetRequiredService<Store>().Number}"));
            io.OnDisconnecting((socket, _) => journal.Add($"disconnecting {socket.Services.GetRequiredService<Store>().Number}"));
            io.OnDisconnect((socket, _) => journal.Add($"disconnect {socket.Services.GetRequiredService<Store>().Number}"));
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        await journal.ExpectAsync("made 1", "first 1", "second 1", "disposed 1", "made 2", "connection 2", "disposed 2");
        await client.LeaveAsync();
        await journal.ExpectAsync("made 3", "disconnecting 3", "disconnect 3", "disposed 3");
    }

    [Fact]
    public async Task Events_of_one_socket_that_overlap_have_services_of_their_own()
    {
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = 0;
        await using var server = await StartAsync(
            new Journal(),
            io => io.On("event", async (ServerSocket socket, Store store) =>
            {
                if (Interlocked.Increment(ref running) == 2)
                {
                    both.SetResult();
                }

                await both.Task.Within();
                return $"{socket.Services.GetRequiredService<Store>() == store}";
            }),
            options => options.MaxConcurrentEvents = 2);
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var answers = new[] { client.AskAsync("event"), client.AskAsync("event") };
        foreach (var answer in answers)
        {
            Assert.Equal("""["True"]""", (await answer).Data.GetRawText());
        }
    }

    [Fact]
    public async Task A_handler_that_asks_for_no_service_makes_no_scope()
    {
        var scopes = 0;
        var scope = new CountingScopes(() => scopes++);
        var event1 = EventScope.Begin(scope);
        await event1.EndAsync();
        Assert.Equal(0, scopes);
        var event2 = EventScope.Begin(scope);
        Assert.Same(event2.Services, event2.Services);
        await event2.EndAsync();
        Assert.Equal((1, 1), (scopes, scope.Disposed));
    }

    [Fact]
    public async Task Outside_of_a_handler_and_after_it_there_are_no_services()
    {
        ServerSocket? outside = null;
        var release = new TaskCompletionSource();
        Task? late = null;
        Task? lateOfAsync = null;

        async Task LaterAsync(ServerSocket socket)
        {
            await release.Task;
            _ = socket.Services;
        }

        await using var server = await StartAsync(new Journal(), io =>
        {
            io.On("event", (ServerSocket socket) =>
            {
                outside = socket;
                late = LaterAsync(socket);
            });
            io.On("async event", (ServerSocket socket) =>
            {
                lateOfAsync = LaterAsync(socket);
                return Task.CompletedTask;
            });
            io.On("next", (ServerSocket _) => 1);
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.EmitAsync("event");
        await client.EmitAsync("async event");
        // The lane comes to the second event when the first has ended.
        await client.AskAsync("next");
        Assert.Contains("Services belong to a handler", Assert.Throws<InvalidOperationException>(() => outside!.Services).Message, StringComparison.Ordinal);
        release.SetResult();
        Assert.Contains("it has finished", (await Assert.ThrowsAsync<InvalidOperationException>(() => late!)).Message, StringComparison.Ordinal);
        Assert.Contains("has ended", (await Assert.ThrowsAsync<InvalidOperationException>(() => lateOfAsync!)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Services_that_cannot_be_made_or_throw_at_their_end_are_the_handlers_failure()
    {
        var journal = new Journal();
        await using var server = await StartAsync(journal, io =>
        {
            io.OnError(error => journal.Add($"{error.EventName}: {error.Exception.Message}"));
            io.On("dispose", (ServerSocket _, Broken broken) => broken.ToString());
            io.On("alive", (ServerSocket _) => 1);
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.AskAsync("dispose");
        await journal.ExpectAsync("dispose: cannot close");
        Assert.Equal("[1]", (await client.AskAsync("alive")).Data.GetRawText());
    }

    internal sealed class Store(Journal journal) : IAsyncDisposable
    {
        private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<Journal, StrongBox> Numbers = [];

        public int Number { get; } = Next(journal);

        public ValueTask DisposeAsync()
        {
            journal.Add($"disposed {Number}");
            return ValueTask.CompletedTask;
        }

        private static int Next(Journal journal)
        {
            var number = Interlocked.Increment(ref Numbers.GetOrCreateValue(journal).Value);
            journal.Add($"made {number}");
            return number;
        }

        private sealed class StrongBox
        {
            public int Value;
        }
    }

    internal sealed class Broken : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("cannot close");
    }

    private sealed class CountingScopes(Action created) : IServiceScopeFactory, IServiceScope
    {
        public int Disposed { get; private set; }

        public IServiceProvider ServiceProvider { get; } = new ServiceCollection().BuildServiceProvider();

        public IServiceScope CreateScope()
        {
            created();
            return this;
        }

        public void Dispose() => Disposed++;
    }
}
