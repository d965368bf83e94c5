using System.Text.Json;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;
using Sockeye.Wire;

namespace Chat;

/// <summary>The chat: the page, the events, and the wire beside them.</summary>
public static class ChatApplication
{
    /// <summary>Makes the application, which the caller runs.</summary>
    /// <param name="args">The command line: <c>--urls http://localhost:5081</c>.</param>
    /// <param name="configure">What a host of the chat wants to have otherwise.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (builder.Configuration["urls"] is null)
        {
            builder.WebHost.UseUrls("http://localhost:5080");
        }

        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
        // begin: wire
        builder.Services.AddWireTap(); // what the page shows of the wire
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.UseWireTap()));
        // end: wire
        builder.Services.AddSocketIO(options => options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, ChatJson.Default));

        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseFileServer(); // the page, from wwwroot
        app.MapWire(); // "/wire"
        var io = app.MapSocketIO(); // "/socket.io", the client for the page included
        var rooms = new ChatRooms();

        // Runs before a client is let in. Here it only asks for a name; in an application with accounts, socket.User says who it is.
        io.Use(async (socket, next) =>
        {
            socket.Data["person"] = Person.From(socket.Handshake.Auth) ?? throw new ConnectErrorException("Please choose a name of 1 to 24 characters.");
            await next();
        });

        io.OnConnection(async socket =>
        {
            app.Logger.Came(socket.Person.Name, socket.Handshake.Address);
            await socket.JoinAsync(Names.Tabs(socket.Person));
            await socket.EmitAsync("rooms", rooms.Directory());
        });

        io.OnDisconnect(async (socket, reason) =>
        {
            app.Logger.Went(socket.Person.Name, reason.ToWireString());
            foreach (var room in rooms.LeaveAll(socket.Id))
            {
                await io.To(Names.Members(room)).EmitAsync("left", room, socket.Person, reason.ToWireString());
            }

            await io.EmitAsync("rooms", rooms.Directory());
        });

        // What a handler returns is the acknowledgement: the page's `await socket.emitWithAck("join", "lobby")`.
        io.On("join", async (ServerSocket socket, string name) =>
        {
            if (!Names.TryRoom(name, out var room))
            {
                return new JoinAnswer(Error: "A room's name has 1 to 32 letters, digits, - or _.");
            }

            // First the messages of the room, then its history: a message that comes in between is in both, and the page shows it once.
            await socket.JoinAsync(Names.Members(room));
            if (rooms.Join(room, socket.Id, socket.Person) is not { } joined)
            {
                await socket.LeaveAsync(Names.Members(room));
                return new JoinAnswer(Error: "There are too many rooms already.");
            }

            if (joined.IsFirstTab)
            {
                await socket.To(Names.Members(room)).EmitAsync("joined", room, socket.Person);
                await io.EmitAsync("rooms", rooms.Directory());
            }

            return joined.Answer;
        });

        io.On("leave", async (ServerSocket socket, string room) =>
        {
            await socket.LeaveAsync(Names.Members(room));
            if (rooms.Leave(room, socket.Id))
            {
                await io.To(Names.Members(room)).EmitAsync("left", room, socket.Person);
                await io.EmitAsync("rooms", rooms.Directory());
            }

            return Ack.Empty;
        });

        io.On("message", async (ServerSocket socket, Draft draft) =>
        {
            if (draft.Text?.Trim() is not { Length: > 0 and <= 2000 } text || draft.Id is not { Length: > 0 and <= 40 } id)
            {
                return new MessageAnswer(Error: "A message has 1 to 2000 characters.");
            }

            if (rooms.Post(draft.Room, socket.Id, id, text) is not { } posted)
            {
                return new MessageAnswer(Error: "Join the room first.");
            }

            // A page that lost the connection before it got its acknowledgement sends the message again; the others have it already.
            if (posted.IsNew)
            {
                await socket.To(Names.Members(posted.Message.Room)).EmitAsync("message", posted.Message);
            }

            return new MessageAnswer(posted.Message.Time, posted.Recipients);
        });

        // A page has a message: its author gets the second tick.
        io.On("received", async (ServerSocket socket, string room, string id) =>
        {
            if (rooms.Find(room, socket.Id, id) is { } message && message.From.Id != socket.Person.Id)
            {
                await io.To(Names.Tabs(message.From)).EmitAsync("delivered", room, id, socket.Person);
            }
        });

        // Volatile: to a page that cannot take it right now, an old typing notice is worth nothing later.
        io.On("typing", async (ServerSocket socket, string room, bool active) =>
        {
            if (rooms.Has(room, socket.Id))
            {
                await socket.To(Names.Members(room)).Volatile.EmitAsync("typing", room, socket.Person, active);
            }
        });

        // Any event of the user's own making goes to the others in the room, and their acknowledgements come back.
        io.On("custom", async (ServerSocket socket, string room, string name, JsonElement[] arguments) =>
        {
            if (!rooms.Has(room, socket.Id) || !Names.IsCustomEvent(name))
            {
                return new CustomAnswer(Error: "This event cannot be sent here.");
            }

            var others = socket.To(Names.Members(room)).Timeout(TimeSpan.FromSeconds(2));
            try
            {
                var answers = await others.EmitWithAcksAsync<JsonElement>(name, [socket.Person, .. arguments]);
                return new CustomAnswer(answers, answers.Count);
            }
            catch (BroadcastAckTimeoutException<JsonElement> some)
            {
                return new CustomAnswer(some.Responses, some.Responses.Count + some.Missing);
            }
        });

        // For the page's wire: an event that comes back as it is, binary data included.
        io.On("echo", async (ServerSocket socket, PacketArguments arguments) => await socket.EmitAsync("echo", arguments));

        // The page measures the time from here to there and back.
        io.On("latency", (ServerSocket _) => Ack.Empty);

        return app;
    }
}
