using Microsoft.AspNetCore.Components;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Blazor;

/// <summary>The page: one connection to the server that it came from.</summary>
public sealed partial class App : IAsyncDisposable
{
    private const int MaxLines = 200;

    private static readonly (string Name, string Query)[] Choices = [("upgrade", ""), ("WebSocket", "?transport=websocket"), ("polling", "?transport=polling")];

    private readonly List<Line> _lines = [];
    private readonly PeriodicTimer _timer = new(TimeSpan.FromSeconds(1));
    private SocketIOClient _client = null!;
    private Task _measuring = Task.CompletedTask;
    private string _state = "connecting";
    private string _text = "";
    private TimeSpan? _latency;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private ClientSocket Chat => _client.Socket();

    private string Query => new Uri(Navigation.Uri).Query;

    private string? Transport => Chat.Connected ? _client.Engine?.Transport.ToWireString() : null;

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _measuring;
        await _client.DisposeAsync();
    }

    protected override void OnInitialized()
    {
        // begin: client
        var options = new SocketIOClientOptions { ReconnectionDelayMax = TimeSpan.FromSeconds(3) };
        options.JsonSerializerOptions.TypeInfoResolverChain.Insert(0, PageJson.Default);
        if (Query.Length > 0)
        {
            options.Transports = [Query.EndsWith("websocket", StringComparison.Ordinal) ? TransportType.WebSocket : TransportType.Polling];
        }

        _client = new SocketIOClient(Navigation.BaseUri, options);
        // end: client
        Chat.OnConnect(() => ShowAsync("connected", new("note", "connected")));
        Chat.OnDisconnect(reason => ShowAsync(reason.DoesClientReconnect() ? "reconnecting" : "disconnected", new("note", $"disconnected: {reason.ToWireString()}")));
        Chat.OnConnectError(error => ShowAsync("reconnecting", new("note", error.Message)));
        Chat.On("said", (Said said) => ShowAsync(_state, new("theirs", $"{said.From}: {said.Text}")));
        Chat.Connect();
        _measuring = MeasureAsync();
    }

    private async Task SayAsync()
    {
        if (_text.Trim() is not { Length: > 0 } text)
        {
            return;
        }

        _text = "";
        await TryAsync(async () =>
        {
            var number = await Chat.EmitWithAckAsync<int>("say", [text]);
            Add(new("mine", $"{text} ✓ {number}"));
        });
    }

    private Task SendBytesAsync() => TryAsync(async () =>
    {
        byte[] bytes = [1, 2, 3, 0xFF];
        var answer = await Chat.EmitWithAckAsync<byte[]>("reverse", [bytes]);
        Add(new("mine", $"{Convert.ToHexString(bytes)} reversed is {Convert.ToHexString(answer)} ✓"));
    });

    private void Toggle()
    {
        if (Chat.Active)
        {
            Chat.Disconnect();
        }
        else
        {
            _state = "connecting";
            Chat.Connect();
        }
    }

    private async Task TryAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (SocketIOException failure)
        {
            Add(new("note", $"not delivered: {failure.Message}"));
        }
    }

    // Once a second the page is drawn anew in any case: an upgrade is no event of a socket.
    private async Task MeasureAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            _latency = null;
            if (Chat.Connected)
            {
                var before = TimeProvider.System.GetTimestamp();
                await TryAsync(() => Chat.EmitWithAckAsync<PacketArguments>("latency"));
                _latency = TimeProvider.System.GetElapsedTime(before);
            }

            StateHasChanged();
        }
    }

    private Task ShowAsync(string state, Line line) => InvokeAsync(() =>
    {
        _state = state;
        Add(line);
        StateHasChanged();
    });

    private void Add(Line line)
    {
        _lines.Add(line);
        if (_lines.Count > MaxLines)
        {
            _lines.RemoveAt(0);
        }
    }

    private sealed record Line(string Kind, string Text);
}
