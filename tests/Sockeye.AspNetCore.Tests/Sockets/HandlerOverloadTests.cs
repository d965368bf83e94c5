using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Sockets;

/// <summary>Every overload of <c>On</c>, and how arguments that are missing, too many or of the wrong type are met.</summary>
public sealed class HandlerOverloadTests
{
    private static readonly string[] FirstOfFour = ["", "1", "1 b", "1 b True", "1 b True 4.5"];

    [Fact]
    public async Task Handlers_of_a_namespace_take_up_to_four_arguments_sync_or_async_with_or_without_a_result()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("void 0", (ServerSocket _) => journal.Add(Join()));
            io.On("void 1", (ServerSocket _, int a) => journal.Add(Join(a)));
            io.On("void 2", (ServerSocket _, int a, string b) => journal.Add(Join(a, b)));
            io.On("void 3", (ServerSocket _, int a, string b, bool c) => journal.Add(Join(a, b, c)));
            io.On("void 4", (ServerSocket _, int a, string b, bool c, double d) => journal.Add(Join(a, b, c, d)));
            io.On("task 0", async (ServerSocket _) => await LaterAsync(() => journal.Add(Join())));
            io.On("task 1", async (ServerSocket _, int a) => await LaterAsync(() => journal.Add(Join(a))));
            io.On("task 2", async (ServerSocket _, int a, string b) => await LaterAsync(() => journal.Add(Join(a, b))));
            io.On("task 3", async (ServerSocket _, int a, string b, bool c) => await LaterAsync(() => journal.Add(Join(a, b, c))));
            io.On("task 4", async (ServerSocket _, int a, string b, bool c, double d) => await LaterAsync(() => journal.Add(Join(a, b, c, d))));
            io.On("value 0", (ServerSocket _) => Join());
            io.On("value 1", (ServerSocket _, int a) => Join(a));
            io.On("value 2", (ServerSocket _, int a, string b) => Join(a, b));
            io.On("value 3", (ServerSocket _, int a, string b, bool c) => Join(a, b, c));
            io.On("value 4", (ServerSocket _, int a, string b, bool c, double d) => Join(a, b, c, d));
            io.On("value task 0", async (ServerSocket _) => await LaterAsync(() => Join()));
            io.On("value task 1", async (ServerSocket _, int a) => await LaterAsync(() => Join(a)));
            io.On("value task 2", async (ServerSocket _, int a, string b) => await LaterAsync(() => Join(a, b)));
            io.On("value task 3", async (ServerSocket _, int a, string b, bool c) => await LaterAsync(() => Join(a, b, c)));
            io.On("value task 4", async (ServerSocket _, int a, string b, bool c, double d) => await LaterAsync(() => Join(a, b, c, d)));
        });
        await TryAllAsync(server, journal);
    }

    [Fact]
    public async Task Handlers_of_a_socket_take_up_to_four_arguments_sync_or_async_with_or_without_a_result()
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("void 0", () => journal.Add(Join()));
            socket.On("void 1", (int a) => journal.Add(Join(a)));
            socket.On("void 2", (int a, string b) => journal.Add(Join(a, b)));
            socket.On("void 3", (int a, string b, bool c) => journal.Add(Join(a, b, c)));
            socket.On("void 4", (int a, string b, bool c, double d) => journal.Add(Join(a, b, c, d)));
            socket.On("task 0", async () => await LaterAsync(() => journal.Add(Join())));
            socket.On("task 1", async (int a) => await LaterAsync(() => journal.Add(Join(a))));
            socket.On("task 2", async (int a, string b) => await LaterAsync(() => journal.Add(Join(a, b))));
            socket.On("task 3", async (int a, string b, bool c) => await LaterAsync(() => journal.Add(Join(a, b, c))));
            socket.On("task 4", async (int a, string b, bool c, double d) => await LaterAsync(() => journal.Add(Join(a, b, c, d))));
            socket.On("value 0", () => Join());
            socket.On("value 1", (int a) => Join(a));
            socket.On("value 2", (int a, string b) => Join(a, b));
            socket.On("value 3", (int a, string b, bool c) => Join(a, b, c));
            socket.On("value 4", (int a, string b, bool c, double d) => Join(a, b, c, d));
            socket.On("value task 0", async () => await LaterAsync(() => Join()));
            socket.On("value task 1", async (int a) => await LaterAsync(() => Join(a)));
            socket.On("value task 2", async (int a, string b) => await LaterAsync(() => Join(a, b)));
            socket.On("value task 3", async (int a, string b, bool c) => await LaterAsync(() => Join(a, b, c)));
            socket.On("value task 4", async (int a, string b, bool c, double d) => await LaterAsync(() => Join(a, b, c, d)));
        }));
        await TryAllAsync(server, journal);
    }

    [Theory]
    [EachTransport]
    public async Task Missing_arguments_are_null_where_the_type_has_null(Via via)
    {
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("nullable", (ServerSocket _, int? a, string? b, JsonElement? c, byte[]? d) => Ack.Values(a, b, c, d?.Length));
            io.On("model", (ServerSocket _, Model? model) => model is null ? "none" : $"{model.Name ?? "unnamed"} {model.Data?.Length ?? -1}");
            io.On("all", (ServerSocket _, PacketArguments all) => all.Count);
            io.On("all behind", (ServerSocket _, string first, PacketArguments all) => $"{first} of {all.Count}");
            io.On("raw", (ServerSocket _, JsonElement value) => value.GetRawText());
        });
        await using var client = await SocketIOTestClient.ConnectAsync(server, via);
        (string Sent, string Answer)[] cases =
        [
            ("""421["nullable"]""", "431[null,null,null,null]"),
            ("""422["nullable",1]""", "432[1,null,null,null]"),
            ("""423["nullable",1,"b",{"c": 3},"AQID","more",{}]""", """433[1,"b",{"c":3},3]"""),
            ("""424["nullable",null,null,null,null]""", "434[null,null,null,null]"),
            ("""425["model"]""", """435["none"]"""),
            ("""426["model",{}]""", """436["unnamed -1"]"""),
            ("""427["model",{"name":"x","data":"AQID","unknown":[1]}]""", """437["x 3"]"""),
            ("""428["all"]""", "438[0]"),
            ("""429["all",1,2,3,4,5,6]""", "439[6]"),
            ("""4210["all behind","x",2]""", """4310["x of 2"]"""),
            ("""4211["raw",{"a":[1,2]}]""", """4311["{\"a\":[1,2]}"]"""),
            ("""4212["raw",null]""", """4312["null"]"""),
        ];
        foreach (var (sent, answer) in cases)
        {
            await client.Client.SendAsync(sent);
            await client.ExpectAsync(answer);
        }
    }

    [Theory]
    [InlineData("""["int"]""", 0, "it is missing")]
    [InlineData("""["int",null]""", 0, "")]
    [InlineData("""["int","x"]""", 0, "")]
    [InlineData("""["int",1.5]""", 0, "")]
    [InlineData("""["int",99999999999]""", 0, "")]
    [InlineData("""["int",{"a":1}]""", 0, "")]
    [InlineData("""["two","a"]""", 1, "it is missing")]
    [InlineData("""["two","a",[]]""", 1, "")]
    [InlineData("""["two",1,2]""", 0, "")]
    [InlineData("""["bytes","no base64!"]""", 0, "")]
    [InlineData("""["bytes",1]""", 0, "")]
    [InlineData("""["bytes",{"_placeholder":true,"num":0}]""", 0, "")]
    [InlineData("""["model",[]]""", 0, "")]
    [InlineData("""["model",{"data":{"_placeholder":true,"num":0}}]""", 0, "")]
    public async Task Arguments_that_do_not_fit_cost_the_event_and_nothing_else(string data, int index, string detail)
    {
        var journal = new Journal();
        await using var server = await SocketIOTestServer.StartAsync(io =>
        {
            io.On("int", (ServerSocket _, int value) => value);
            io.On("two", (ServerSocket _, string a, int b) => b);
            io.On("bytes", (ServerSocket _, byte[] bytes) => bytes.Length);
            io.On("model", (ServerSocket _, Model model) => model.Name);
            io.OnError(error => journal.Add($"{error.EventName} {((ArgumentBindingException)error.Exception).Index} {error.Exception.Message}"));
        });
        using var received = server.CollectMetric<long>("Sockeye", "sockeye.sockets.events.received");
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.Client.SendAsync("421" + data);
        await client.Client.SendAsync("""422["int",7]""");
        await client.ExpectAsync("432[7]");
        var line = Assert.Single(await journal.TakeAsync(1));
        Assert.StartsWith($"{JsonElement.Parse(data)[0].GetString()} {index} argument {index} cannot be read as ", line);
        Assert.Contains(detail, line, StringComparison.Ordinal);
        Assert.Equal(["binding_error", "handled"], received.GetMeasurementSnapshot().Select(measurement => measurement.Tags["outcome"]));
        Assert.DoesNotContain(server.Logs.GetSnapshot(), record => record.Level > LogLevel.Information);
    }

    [Fact]
    public async Task A_handler_of_the_socket_goes_before_and_away_and_the_one_of_the_namespace_is_left()
    {
        await using var server = await SocketIOTestServer.StartAsync();
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var socket = server.Io().Main.FindSocket(client.Id)!;
        socket.On("who", () => "socket");
        server.Io().On("who", _ => "namespace");
        Assert.Equal("""431["socket"]""", (await client.AskAsync("who")).Text);
        Assert.True(socket.Off("who"));
        Assert.False(socket.Off("who"));
        Assert.Equal("""432["namespace"]""", (await client.AskAsync("who")).Text);
        Assert.True(server.Io().Off("who"));
        Assert.False(server.Io().Off("who"));
        await client.Client.SendTogetherAsync("""423["who"]""");
        server.Io().On("end", _ => true);
        await client.Client.SendTogetherAsync("""424["end"]""");
        await client.ExpectAsync("434[true]");
    }

    [Fact]
    public async Task Names_are_found_by_their_text_however_the_client_escapes_them()
    {
        await using var server = await SocketIOTestServer.StartAsync(io => io.On("déjà \"vu\" 𝒳", _ => true));
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        await client.Client.SendAsync("421[\"déjà \\\"vu\\\" 𝒳\"]");
        await client.ExpectAsync("431[true]");
        await client.Client.SendAsync("422[\"d\\u00e9j\\u00E0 \\u0022vu\\u0022 \\ud835\\udcb3\"]");
        await client.ExpectAsync("432[true]");
    }

    private static async Task TryAllAsync(KestrelServer server, Journal journal)
    {
        await using var client = await SocketIOTestClient.ConnectAsync(server);
        var id = 0;
        foreach (var kind in (string[])["void", "task", "value", "value task"])
        {
            for (var count = 0; count <= 4; count++)
            {
                await client.Client.SendAsync($"42{++id}[\"{kind} {count}\",1,\"b\",true,4.5,\"too many\"]");
                if (kind.StartsWith("value", StringComparison.Ordinal))
                {
                    await client.ExpectAsync($"43{id}[\"{FirstOfFour[count]}\"]");
                }
                else
                {
                    await journal.ExpectAsync(FirstOfFour[count]);
                }
            }
        }

        Assert.Empty(client.Client.TakePending());
    }

    private static string Join(params object[] values) => string.Join(' ', values.Select(value => FormattableString.Invariant($"{value}")));

    private static async Task LaterAsync(Action action)
    {
        await Task.Yield();
        action();
    }

    private static async Task<T> LaterAsync<T>(Func<T> value)
    {
        await Task.Yield();
        return value();
    }

    private sealed record Model(string? Name, byte[]? Data);
}
