using System.Text.Json;
using Sockeye.Cli.Tests.Connect;
using Sockeye.Cli.Tests.Doctor;

namespace Sockeye.Cli.Tests.Load;

/// <summary>Each scenario against a server of the official library.</summary>
public sealed class NodeLoadTests : IAsyncLifetime
{
    private NodeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await NodeServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("connections")]
    [InlineData("echo")]
    [InlineData("broadcast")]
    [InlineData("rooms")]
    [InlineData("avalanche")]
    public Task Nothing_is_lost(string scenario) => LoadReports.NothingIsLostAsync(_server.Url, scenario);

    [Fact]
    public async Task Without_recovery_jitter_counts_what_is_lost()
    {
        var (code, report) = await LoadReports.RunAsync(_server.Url, "jitter", "--cuts", "20", "--messages", "40");
        var messages = report.GetProperty("messages");
        var (expected, delivered, lost) = (messages.GetProperty("expected").GetInt64(), messages.GetProperty("delivered").GetInt64(), messages.GetProperty("lost").GetInt64());
        Assert.Equal(messages.GetProperty("sent").GetInt64() * LoadReports.Clients, expected);
        Assert.Equal(expected, delivered + lost);
        Assert.Equal(lost == 0 ? 0 : 1, code);
        var connections = report.GetProperty("connections");
        Assert.True(connections.GetProperty("cut").GetInt64() > 0);
        Assert.Equal(connections.GetProperty("cut").GetInt64(), connections.GetProperty("returned").GetInt64());
        Assert.Equal(0, connections.GetProperty("recovered").GetInt64());
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("rooms")]
    [InlineData("broadcast")]
    public async Task A_server_that_does_not_play_along_is_told_what_it_needs(string scenario)
    {
        var run = await CommandLine.RunAsync(["load", _server.Url + "/bare", scenario, "--timeout", "5"]).Within();
        Assert.Equal(2, run.Code);
        Assert.Contains($"The scenario {scenario} needs that.", run.Error, StringComparison.Ordinal);
        Assert.Contains("socket.on(\"broadcast\"", run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_for_people_has_rates_losses_and_percentiles()
    {
        var run = await CommandLine.RunAsync(["load", _server.Url, "echo", .. LoadReports.Small]).Within();
        Assert.Equal(0, run.Code);
        Assert.Contains($"{LoadReports.Clients} opened, 0 failed", run.Out, StringComparison.Ordinal);
        Assert.Contains("(100 %), 0 lost", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"p50 +p90 +p95 +p99 +max", run.Out);
        Assert.Matches(@"latency( +\d+\.\d+ m?s){5}", run.Out);
    }

    [Fact]
    public async Task Ctrl_C_gives_the_report_of_what_is_known()
    {
        await using var tool = RunningTool.Start("load", _server.Url, "connections", "-c", "5", "-d", "600", "--json");
        await tool.Error.TakeAsync(line => line.Contains("5 of 5 online", StringComparison.Ordinal)).Within();
        Assert.Equal(130, await tool.CtrlCAsync());
        var report = JsonDocument.Parse(await tool.Out.TakeAsync().Within()).RootElement;
        Assert.True(report.GetProperty("interrupted").GetBoolean());
        Assert.Equal(5, report.GetProperty("connections").GetProperty("opened").GetInt32());
    }

    [Fact]
    public async Task Without_a_server_there_is_no_load()
    {
        using var closed = new ClosedPort();
        var url = $"http://127.0.0.1:{closed.Number}";
        var run = await CommandLine.RunAsync(["load", url, "echo"]).Within();
        Assert.Equal(1, run.Code);
        Assert.Contains($"sockeye doctor {url}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://192.0.2.1", "echo", "--this-server-is-mine", "")]
    [InlineData("http://example.com", "echo", "--this-server-is-mine", "")]
    [InlineData("http://localhost.example.com", "echo", "--this-server-is-mine", "")]
    [InlineData("http://localhost", "echo", "--clients is 1 to 50000", "--clients=0")]
    [InlineData("http://localhost", "echo", "--payload", "--payload=-1")]
    [InlineData("http://localhost", "echo", "--messages times --duration", "--messages=1000000 --duration=100")]
    [InlineData("http://localhost", "echo", "--duration", "--duration=0")]
    public async Task A_load_stays_within_bounds(string url, string scenario, string message, string options)
    {
        var run = await CommandLine.RunAsync(["load", url, scenario, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Within();
        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}

/// <summary>Each scenario against <c>sockeye serve</c>.</summary>
public sealed class ServeLoadTests : IAsyncLifetime
{
    private RunningTool _server = null!;
    private string _url = "";

    public async ValueTask InitializeAsync() => (_server, _url) = await RunningTool.ServeAsync("--quiet", "--recovery");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("connections")]
    [InlineData("echo")]
    [InlineData("broadcast")]
    [InlineData("rooms")]
    [InlineData("avalanche")]
    public Task Nothing_is_lost(string scenario) => LoadReports.NothingIsLostAsync(_url, scenario);

    [Theory]
    [InlineData("both")]
    [InlineData("websocket")]
    public async Task With_recovery_jitter_loses_nothing(string transport)
    {
        var (code, report) = await LoadReports.RunAsync(_url, "jitter", "--cuts", "20", "--messages", "40", "--transport", transport);
        var messages = report.GetProperty("messages");
        Assert.Equal(messages.GetProperty("sent").GetInt64() * LoadReports.Clients, messages.GetProperty("delivered").GetInt64());
        Assert.Equal(0, messages.GetProperty("duplicates").GetInt64());
        var connections = report.GetProperty("connections");
        Assert.True(connections.GetProperty("cut").GetInt64() > 0);
        Assert.Equal(connections.GetProperty("returned").GetInt64(), connections.GetProperty("recovered").GetInt64());
        Assert.Equal(0, code);
    }
}

/// <summary>A small load, and its report.</summary>
internal static class LoadReports
{
    public const int Clients = 20;

    public static readonly string[] Small = ["--clients", $"{Clients}", "--rate", "1000", "--duration", "0.5", "--rooms", "3", "--timeout", "20"];

    public static async Task<(int Code, JsonElement Report)> RunAsync(string url, string scenario, params string[] options)
    {
        var run = await CommandLine.RunAsync(["load", url, scenario, "--json", .. Small, .. options]).Within(TimeSpan.FromSeconds(60));
        Assert.True(run.Out.StartsWith('{'), run.Error);
        return (run.Code, JsonDocument.Parse(run.Out).RootElement);
    }

    public static async Task NothingIsLostAsync(string url, string scenario)
    {
        var (code, report) = await RunAsync(url, scenario);
        Assert.True(code == 0, report.ToString());
        Assert.Equal(scenario, report.GetProperty("scenario").GetString());
        Assert.False(report.GetProperty("interrupted").GetBoolean());
        Assert.Equal("{}", report.GetProperty("errors").GetRawText());
        var (connections, messages) = (report.GetProperty("connections"), report.GetProperty("messages"));
        Assert.Equal((Clients, 0), (connections.GetProperty("opened").GetInt32(), connections.GetProperty("failed").GetInt32()));
        Assert.Equal((0, 0), (messages.GetProperty("lost").GetInt32(), messages.GetProperty("duplicates").GetInt32()));
        var (sent, delivered) = (messages.GetProperty("sent").GetInt32(), messages.GetProperty("delivered").GetInt32());
        switch (scenario)
        {
            case "echo":
                Assert.Equal((10, 10), (sent, delivered));
                break;
            case "broadcast":
                Assert.Equal((5, 5 * Clients), (sent, delivered));
                break;
            case "rooms":
                // 20 clients in rooms of 7, 7 and 6; five messages to the rooms in turn.
                Assert.Equal((5, 7 + 7 + 6 + 7 + 7), (sent, delivered));
                break;
            case "avalanche":
                Assert.Equal((Clients, Clients), (connections.GetProperty("cut").GetInt32(), connections.GetProperty("returned").GetInt32()));
                AssertTimes(report.GetProperty("returnMs"), Clients);
                break;
            default:
                Assert.Equal(0, sent);
                break;
        }

        AssertTimes(report.GetProperty("connectMs"), Clients);
        AssertTimes(report.GetProperty("latencyMs"), delivered);
    }

    private static void AssertTimes(JsonElement times, int count)
    {
        Assert.Equal(count, times.GetProperty("count").GetInt32());
        double[] steps = [.. ((string[])["p50", "p90", "p95", "p99", "max"]).Select(name => times.GetProperty(name).GetDouble())];
        Assert.Equal(steps.Order(), steps);
        Assert.True(count == 0 || steps[0] > 0);
    }
}
