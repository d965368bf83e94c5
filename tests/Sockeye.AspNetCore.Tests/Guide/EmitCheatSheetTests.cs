using Microsoft.Extensions.Time.Testing;
using Sockeye.AspNetCore.Hosting;
using Sockeye.AspNetCore.Sockets;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Tests.Guide;

/// <summary>Each line of the cheat sheet of docs/guide/from-node.md reaches whom the page says, and nobody else.</summary>
public sealed class EmitCheatSheetTests
{
    [Fact]
    public async Task To_one_client()
    {
        await using var people = await People.ComeAsync();
        await EmitCheatSheet.OneClientAsync(people.Server("ann"));
        await people.ExpectAsync("ann", """451-["hello",1,"2",{"three":"4","five":{"_placeholder":true,"num":0}}]""", "bBg==", """42["message","hi"]""");
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task To_one_client_which_answers()
    {
        await using var people = await People.ComeAsync();
        var answers = EmitCheatSheet.OneClientWithAckAsync(people.Server("ann"));
        await people.AnswerAsync("ann", """["question","who are you?"]""", "Ann");
        await people.AnswerAsync("ann", """["question","and where?"]""", "here", 42);
        Assert.Equal("Ann, here, 42", await answers.Within());
        await people.NobodyElseAsync();
    }

    [Theory]
    [InlineData(true, "yes")]
    [InlineData(false, "the client did not answer in time")]
    public async Task To_one_client_which_has_five_seconds_to_answer(bool answers, string expected)
    {
        var time = new FakeTimeProvider();
        await using var people = await People.ComeAsync(time);
        var answer = EmitCheatSheet.OneClientWithTimeoutAsync(people.Server("ann"));
        await people.AnswerAsync("ann", """["question","still there?"]""", answers ? ["yes"] : null);
        if (!answers)
        {
            time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(expected, await answer.Within());
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task To_all()
    {
        await using var people = await People.ComeAsync();
        await EmitCheatSheet.AllAsync(people.Io, people.Server("ann"));
        await people.ExpectAsync("ann", News("to all"));
        foreach (var name in (string[])["bob", "cem", "dee"])
        {
            await people.ExpectAsync(name, News("to all"), News("to all but this client"));
        }

        await people.NobodyElseAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task To_all_who_have_five_seconds_to_answer(bool all)
    {
        var time = new FakeTimeProvider();
        await using var people = await People.ComeAsync(time);
        var answers = EmitCheatSheet.AllWithAcksAsync(people.Io);
        foreach (var name in People.Names)
        {
            await people.AnswerAsync(name, """["question","who is there?"]""", all || name != "dee" ? [name] : null);
        }

        if (!all)
        {
            // The answers of the three are in as soon as something that each sends after them is.
            await people.NobodyElseAsync();
            time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(all ? ["ann", "bob", "cem", "dee"] : ["ann", "bob", "cem"], (await answers.Within()).Order());
    }

    [Fact]
    public async Task Into_rooms_and_out_of_them()
    {
        await using var people = await People.ComeAsync();
        var dee = people.Server("dee");
        await EmitCheatSheet.JoinAsync(dee);
        Assert.Equal(((string[])[dee.Id, "room1", "room2", "room4"]).Order(), dee.Rooms.Order());
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task To_rooms()
    {
        // Ann and Bob are in room 1, Bob and Cem in room 2, Cem and Dee in room 4.
        await using var people = await People.ComeAsync();
        await EmitCheatSheet.RoomsAsync(people.Io, people.Server("ann"), people.Server("dee").Id);
        await people.ExpectAsync("ann", News("to room 1"), News("to rooms 1 and 2, each client once"), News("to rooms 1, 2 and 3 but room 4"));
        await people.ExpectAsync("bob", News("to room 1"), News("to room 1 but this client"), News("to rooms 1 and 2, each client once"), News("to rooms 1, 2 and 3 but room 4"));
        await people.ExpectAsync("cem", News("to rooms 1 and 2, each client once"), News("to all but room 1"), News("to all but room 1 and this client"));
        await people.ExpectAsync("dee", News("to all but room 1"), News("to all but room 1 and this client"), News("to the client with this id"));
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task To_a_namespace()
    {
        await using var people = await People.ComeAsync();
        var server = people.Io.Namespace("/chat");
        var chat = new Dictionary<string, SocketIOTestSocket>();
        foreach (var (name, rooms) in ((string, string[])[])[("ann", ["room1"]), ("bob", ["room1"]), ("cem", ["room2", "room4"]), ("dee", ["room3"])])
        {
            chat[name] = await people.Client(name).JoinAsync("/chat");
            await server.FindSocket(chat[name].Id)!.JoinAsync(rooms);
        }

        var answers = EmitCheatSheet.NamespacesAsync(people.Io);
        foreach (var (name, socket) in chat)
        {
            await socket.ExpectAsync("""42/chat,["news","to all in the namespace"]""");
            if (name is "ann" or "bob")
            {
                await socket.ExpectAsync("""42/chat,["news","to room 1 of the namespace"]""");
            }
        }

        await chat["ann"].EmitAsync("ask");
        foreach (var name in (string[])["bob", "dee"])
        {
            var question = await chat[name].ReceiveAsync();
            Assert.Equal("""["question"]""", question.Data.GetRawText());
            await chat[name].AnswerAsync(question, name);
        }

        Assert.Equal(["bob", "dee"], (await answers.Within()).Order());
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task To_those_who_can_take_it_at_once()
    {
        await using var people = await People.ComeAsync();
        foreach (var name in People.Names)
        {
            await SocketIOTestServer.UntilAsync(() => ((ITransportOwner)people.Server(name).Conn).Queue.IsWritable);
        }

        await EmitCheatSheet.VolatileAsync(people.Io, people.Server("ann"));
        await people.ExpectAsync("ann", """42["tick",1]""");
        await people.ExpectAsync("bob", """42["tick",2]""");
        await people.ExpectAsync("cem", """42["tick",2]""");
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task With_flags()
    {
        await using var people = await People.ComeAsync();
        await EmitCheatSheet.FlagsAsync(people.Io, people.Server("ann"));
        await people.ExpectAsync("ann", News("not compressed"), News("not compressed, to all"), News("to all on this server"));
        foreach (var name in (string[])["bob", "cem", "dee"])
        {
            await people.ExpectAsync(name, News("not compressed, to all"), News("to all on this server"), News("to all on this server but this client"));
        }

        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task Between_servers()
    {
        await using var people = await People.ComeAsync();
        Assert.Empty(await EmitCheatSheet.BetweenServersAsync(people.Io));
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task What_can_be_done_with_many_sockets()
    {
        await using var people = await People.ComeAsync();
        var (ann, bob, cem) = (people.Server("ann"), people.Server("bob"), people.Server("cem"));
        await EmitCheatSheet.FetchAsync(people.Io);
        await people.ExpectAsync("ann", $"""42["you","{ann.Id}",true,"ann",false]""");
        await people.ExpectAsync("bob", $"""42["you","{bob.Id}",true,"bob",false]""");
        await people.NobodyElseAsync();
        Assert.Equal([true, true, false], ((ServerSocket[])[ann, bob, cem]).Select(socket => socket.Data.ContainsKey("seen")));
        Assert.Equal(((string[])[ann.Id, "room5"]).Order(), ann.Rooms.Order());

        await EmitCheatSheet.MoveAsync(people.Io);
        Assert.Equal(((string[])[ann.Id, "room1", "room6", "room7"]).Order(), ann.Rooms.Order());
        Assert.Equal(((string[])[bob.Id, "room1", "room2", "room6", "room7"]).Order(), bob.Rooms.Order());
        Assert.Equal(((string[])[cem.Id, "room2", "room4", "room6"]).Order(), cem.Rooms.Order());
        await people.NobodyElseAsync();
    }

    [Fact]
    public async Task Disconnecting()
    {
        await using var people = await People.ComeAsync();
        var edith = await SocketIOTestClient.ConnectAsync(people.Host);
        await using var closing = edith;
        await EmitCheatSheet.DisconnectAsync(people.Io, people.Server("ann"), people.Server("dee").Id);
        foreach (var name in (string[])["ann", "bob", "cem"])
        {
            // These have left "/" only.
            await people.ExpectAsync(name, "41");
            await people.Client(name).SendAsync("40");
            Assert.StartsWith("40{", (await people.Client(name).ReceiveAsync()).Text);
        }

        // The connections of these two are closed: with the client's id, and with all that were left.
        await people.Client("dee").Closed;
        await edith.Client.Closed;
        await SocketIOTestServer.UntilAsync(() => people.Io.Namespace("/").SocketCount == 3);
    }

    [Fact]
    public async Task Names_that_are_taken()
    {
        await using var people = await People.ComeAsync();
        var ann = people.Server("ann");
        Assert.Equal("\"disconnecting\" is a reserved event name", (await Assert.ThrowsAsync<ArgumentException>(() => EmitCheatSheet.ReservedAsync(ann))).Message);
        foreach (var name in (string[])["connect", "connect_error", "disconnect", "newListener", "removeListener"])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => ann.EmitAsync(name));
        }

        await people.NobodyElseAsync();
    }

    private static string News(string text) => $"""42["news","{text}"]""";

    /// <summary>Four clients: Ann and Bob are in room 1, Bob and Cem in room 2, Cem and Dee in room 4.</summary>
    private sealed class People : IAsyncDisposable
    {
        private static readonly Dictionary<string, string[]> Rooms = new() { ["ann"] = ["room1"], ["bob"] = ["room1", "room2"], ["cem"] = ["room2", "room4"], ["dee"] = ["room4"] };

        private readonly Dictionary<string, SocketIOTestSocket> _clients = [];

        private People(KestrelServer host, SocketIOEndpoint io) => (Host, Io) = (host, io);

        public static IEnumerable<string> Names => Rooms.Keys;

        public KestrelServer Host { get; }

        public SocketIOEndpoint Io { get; }

        public static async Task<People> ComeAsync(TimeProvider? time = null)
        {
            SocketIOEndpoint? endpoint = null;
            var host = await SocketIOTestServer.StartAsync(io => endpoint = io, time: time);
            var people = new People(host, endpoint!);
            endpoint!.On("all that is before", (ServerSocket _) => Ack.Empty);
            foreach (var (name, rooms) in Rooms)
            {
                people._clients[name] = await SocketIOTestClient.ConnectAsync(host);
                people.Server(name).Data["name"] = name;
                await people.Server(name).JoinAsync(rooms);
            }

            return people;
        }

        public SocketIOTestClient Client(string name) => _clients[name].Client;

        public ServerSocket Server(string name) => Io.Namespace("/").FindSocket(_clients[name].Id)!;

        public Task ExpectAsync(string name, params string[] wire) => _clients[name].ExpectAsync(wire);

        /// <summary>The client gets a question, and answers it unless it has nothing to say.</summary>
        public async Task AnswerAsync(string name, string question, params object[]? values)
        {
            var packet = await _clients[name].ReceiveAsync();
            Assert.Equal(question, packet.Data.GetRawText());
            if (values is not null)
            {
                await _clients[name].AnswerAsync(packet, values);
            }
        }

        /// <summary>No client has got anything that the test has not looked at: the answer to a question of its own is the next that comes.</summary>
        public async Task NobodyElseAsync()
        {
            foreach (var (name, client) in _clients)
            {
                await client.AskAsync("all that is before");
                Assert.True(client.Client.TakePending() is [], $"{name} got more than expected");
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients.Values)
            {
                await client.DisposeAsync();
            }

            await Host.DisposeAsync();
        }
    }
}
