using System.Text.Json;
using Sockeye.Cli.Tests.Doctor;

namespace Sockeye.Cli.Tests.Connect;

/// <summary><c>sockeye connect</c> with its commands from a pipe, against the official server.</summary>
public sealed class ConnectTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private NodeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await NodeServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Events_go_out_and_come_in_a_line_each()
    {
        var run = await RunAsync("message {\"a\":1} \"two words\"\nwait message\nemit \"odd name\"\n# a comment\n\nack echo hi");
        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        Assert.Matches(@"connected to / by (polling|websocket), id \S+", run.Out);
        Assert.Matches("""\d → message \{"a":1\} "two words"\n""", run.Out);
        Assert.Matches("""\d ← message \{"a":1\} "two words"\n""", run.Out);
        Assert.Contains("→ \"odd name\"\n", run.Out, StringComparison.Ordinal);
        Assert.Matches("""← ack \d+\.\d m?s "hi"\n""", run.Out);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task Binary_data_from_a_file_goes_there_and_back(string transport)
    {
        var file = File("data.bin");
        await System.IO.File.WriteAllBytesAsync(file, [0, 1, 2, 0xFF]);
        var lines = await JsonAsync($"ack echo @{file} {{\"name\":\"x\",\"data\":@{file}}}", "--transport", transport);
        var ack = lines.Single(line => Type(line) == "ack");
        Assert.Equal("in", ack.GetProperty("direction").GetString());
        Assert.True(ack.GetProperty("ms").GetDouble() >= 0);
        Assert.Equal(["AAEC/w==", "AAEC/w=="], ack.GetProperty("binary").EnumerateArray().Select(item => item.GetString()));
        Assert.Equal("x", ack.GetProperty("args")[1].GetProperty("name").GetString());
        Assert.Equal(transport, lines.Single(line => Type(line) == "connected").GetProperty("transport").GetString());
    }

    [Fact]
    public async Task An_event_that_asks_for_an_acknowledgement_gets_what_reply_says()
    {
        var run = await RunAsync("ask\nwait question\nreply {\"yes\":true} 2\nask\nwait answered\nreply on\nask\nwait answered\nreply off");
        Assert.Equal(0, run.Code);
        Assert.Contains("← question \"ready?\" (asks for an acknowledgement)", run.Out, StringComparison.Ordinal);
        Assert.Contains("← answered {\"yes\":true} 2\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("← answered\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("get none.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespaces_are_joined_with_an_auth_payload_and_left()
    {
        var run = await RunAsync("/admin\n/admin {\"token\":\"secret\"}\nwait welcome\ninfo\nleave\nack echo back");
        Assert.Equal(1, run.Code);
        Assert.Contains("refused /admin: no token", run.Error, StringComparison.Ordinal);
        Assert.Contains("connected to /admin", run.Out, StringComparison.Ordinal);
        Assert.Contains("← /admin welcome", run.Out, StringComparison.Ordinal);
        Assert.Contains("/admin: connected, id ", run.Out, StringComparison.Ordinal);
        Assert.Contains("now in /\n", run.Out, StringComparison.Ordinal);
        Assert.Matches("← ack .* \"back\"", run.Out);
    }

    [Fact]
    public async Task Some_events_are_shown_others_are_not_and_history_shows_them_again()
    {
        var run = await RunAsync("mute message\nmessage muted\nwait message\nhistory message\nall\nfilter needle\nmessage {\"in\":\"hay\"}\nwait message\nmessage NEEDLE\nwait message\nfilter\nonly other\nmessage unseen\nwait message\nevents");
        Assert.Equal(0, run.Code);
        string[] lines = run.Out.Split('\n');
        Assert.Equal(2, lines.Count(line => line.Contains("\"muted\"", StringComparison.Ordinal)));
        Assert.DoesNotContain("hay", run.Out, StringComparison.Ordinal);
        Assert.Equal(2, lines.Count(line => line.Contains("\"NEEDLE\"", StringComparison.Ordinal)));
        Assert.DoesNotContain("unseen", run.Out, StringComparison.Ordinal);
        Assert.Contains("message: 4 received, 4 sent", run.Out, StringComparison.Ordinal);
        Assert.Contains("only other", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_recorded_is_replayed()
    {
        var (first, second) = (File("first.jsonl"), File("second.jsonl"));
        var data = File("data.bin");
        await System.IO.File.WriteAllBytesAsync(data, [7, 8]);
        var recorded = await RunAsync($"record {first}\nmessage {{\"a\":1}} x\nwait message\nack echo {{\"n\":[@{data}]}} 2\n/admin {{\"token\":\"secret\"}}\nemit \"odd name\" [1,2]\nstop");
        Assert.Equal(0, recorded.Code);
        Assert.Contains("events recorded", recorded.Out, StringComparison.Ordinal);

        // The namespace is joined by the replay, without a token it would not be let in.
        var replayed = await RunAsync($"replay {first} --speed max", "--record", second, "--auth", "{\"token\":\"secret\"}");
        Assert.Equal(0, replayed.Code);
        Assert.Contains("3 events sent again", replayed.Out, StringComparison.Ordinal);
        var sent = Outgoing(first);
        Assert.Equal(3, sent.Length);
        Assert.Equal(sent, Outgoing(second));
        Assert.Contains(await System.IO.File.ReadAllLinesAsync(second), line => line.Contains("\"type\":\"ack\",\"direction\":\"in\"", StringComparison.Ordinal));

        static string[] Outgoing(string file) => [.. System.IO.File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => Type(line) == "event" && line.GetProperty("direction").GetString() == "out")
            .Select(line => $"{line.GetProperty("namespace")} {line.GetProperty("event")} {line.GetProperty("args")} {(line.TryGetProperty("binary", out var binary) ? binary : "")} {line.TryGetProperty("ack", out _)}")];
    }

    [Fact]
    public async Task A_lost_connection_comes_back_and_a_closed_one_on_request()
    {
        var run = await RunAsync("disconnect\nmessage lost\nreconnect\nack echo again\nclose\nwait nothing 0\ninfo");
        Assert.Equal(1, run.Code);
        Assert.Contains("disconnected from /: forced close", run.Out, StringComparison.Ordinal);
        Assert.Contains("Not connected to /: nothing was sent.", run.Error, StringComparison.Ordinal);
        Assert.Matches("← ack .* \"again\"", run.Out);
        Assert.Contains("No \"nothing\" within 0 s.", run.Error, StringComparison.Ordinal);
        Assert.Contains("polling handshake", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("emit x {\"a\":x}", "column 13", "An argument is a JSON value")]
    [InlineData("recrod", "Did you mean record?", "emit recrod")]
    [InlineData("ack", "ack which event?", "ack EVENT")]
    [InlineData("replay /no/such/file", "/no/such/file", "record FILE")]
    [InlineData("record /no/such/folder/file", "cannot be written", "")]
    [InlineData("sleep long", "no number of seconds", "")]
    [InlineData("emit connect", "connect", "")]
    [InlineData("stop", "Nothing is recorded.", "record FILE begins.")]
    [InlineData("ack nobody-answers", "No acknowledgement of \"nobody-answers\" within 5 s.", "--timeout")]
    public async Task A_mistake_is_told_and_the_next_command_is_carried_out(string command, string message, string hint)
    {
        var timeout = command.Contains("nobody", StringComparison.Ordinal) ? "5" : "20";
        var run = await RunAsync($"{command}\nevents\nhelp ack", "--timeout", timeout);
        Assert.Equal(1, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Contains(hint, run.Error, StringComparison.Ordinal);
        Assert.Contains("waits for the acknowledgement", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_may_stand_on_the_command_line()
    {
        var run = await CommandLine.RunAsync(["connect", _server.Url, "-e", "ack echo 1", "-e", "quit", "-e", "ack echo 2"], "ack echo 3").Within();
        Assert.Equal(0, run.Code);
        Assert.Matches("← ack .* 1\n", run.Out);
        Assert.DoesNotContain("echo 2", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("echo 3", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_with_what_is_known()
    {
        await using var tool = RunningTool.Start("connect", _server.Url, "--stay", "-e", "ack echo 1");
        await tool.Out.TakeAsync(line => line.Contains("← ack", StringComparison.Ordinal)).Within();
        Assert.Equal(130, await tool.CtrlCAsync());
        await tool.Out.TakeAsync(line => line.Contains("0 events received, 1 sent", StringComparison.Ordinal)).Within();
    }

    [Fact]
    public async Task Without_a_server_it_says_what_was_tried_and_who_can_say_more()
    {
        using var closed = new ClosedPort();
        var url = $"http://127.0.0.1:{closed.Number}";
        var run = await CommandLine.RunAsync(["connect", url, "--path", "/other/"], "message 1").Within();
        Assert.Equal(1, run.Code);
        Assert.Contains($"No connection to {url}", run.Error, StringComparison.Ordinal);
        Assert.Contains($"polling handshake {url}/other/: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("refused", run.Error, StringComparison.Ordinal);
        Assert.Contains($"sockeye doctor {url}/ --path /other/", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task What_a_server_sends_is_only_text()
    {
        // Halves of a surrogate pair, a control character of terminals, with and without binary data beside them.
        var plain = await RunAsync("odd\nwait odd\nwait odd\nhistory odd\nfilter x");
        Assert.Equal(0, plain.Code);
        Assert.DoesNotContain("\u009b", plain.Out, StringComparison.Ordinal);
        Assert.Contains("← odd {\"\\ud800\":\"\\udc00\"} \"\\u009b31m\"\n", plain.Out, StringComparison.Ordinal);
        Assert.Contains("← odd {\"\\ud800\":\"\\udc00\"} <1 byte: 01>\n", plain.Out, StringComparison.Ordinal);
        var lines = await JsonAsync("odd\nwait odd\nwait odd");
        Assert.Equal(3, lines.Count(line => Type(line) == "event" && line.GetProperty("event").GetString() == "odd"));
    }

    [Fact]
    public async Task A_refused_namespace_is_no_connection()
    {
        var run = await CommandLine.RunAsync(["connect", _server.Url + "/admin", "--auth", "{\"token\":\"wrong\"}"], "message 1").Within();
        Assert.Equal(1, run.Code);
        Assert.Contains("The server refused the namespace /admin: no token", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_version_2_is_talked_to()
    {
        await using var old = await NodeServer.StartAsync(new { version = 2 });
        var run = await CommandLine.RunAsync(["connect", old.Url, "--eio3", "-e", "ack echo {\"a\":1}", "-e", "message x", "-e", "wait message"]).Within();
        Assert.Equal(0, run.Code);
        Assert.Matches("""← ack .* \{"a":1\}""", run.Out);
        var load = await CommandLine.RunAsync(["load", old.Url, "echo", "--eio3", "-c", "5", "-d", "0.2", "--quiet"]).Within();
        Assert.Equal(0, load.Code);
    }

    [Fact]
    public async Task A_wrong_auth_payload_is_told_before_anything_is_sent()
    {
        var run = await CommandLine.RunAsync(["connect", _server.Url, "--auth", "{token:1}"]).Within();
        Assert.Equal(2, run.Code);
        Assert.Contains("column 2", run.Error, StringComparison.Ordinal);
    }

    private Task<CommandLine> RunAsync(string input, params string[] options) => CommandLine.RunAsync(["connect", _server.Url, .. options], input).Within();

    private async Task<JsonElement[]> JsonAsync(string input, params string[] options)
    {
        var run = await RunAsync(input, ["--json", .. options]);
        Assert.Equal(0, run.Code);
        return [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string? Type(JsonElement line) => line.GetProperty("type").GetString();

    private string File(string name) => Path.Combine(_folder.FullName, name);
}
