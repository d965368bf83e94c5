namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Namespaces, auth and events.</summary>
public sealed class SocketTests
{
    [Fact]
    public async Task A_namespace_that_does_not_exist() => (await ExamineAsync("/nowhere")).FindsOnly("invalid-namespace", "socket.io");

    [Fact]
    public async Task The_endpoint_given_as_a_namespace() => (await ExamineAsync("/socket.io/")).FindsOnly("path-mistaken-for-namespace", "socket.io");

    [Fact]
    public async Task Auth_that_is_missing() => (await ExamineAsync("/secret")).FindsOnly("connect-refused", "socket.io");

    [Fact]
    public async Task Auth_that_is_right() => (await ExamineAsync("/secret", "--auth", """{"token":"sesame"}""")).IsHealthy();

    [Fact]
    public async Task An_event_that_nobody_answers() => (await ExamineAsync("", "--emit", "deaf", "1")).FindsOnly("ack-missing", "socket.io");

    [Fact]
    public async Task The_query_of_the_address_is_sent()
    {
        var report = await ExamineAsync("/chat?token=a%20b&room=1", "--query", "room=2");
        report.IsHealthy();
        var sent = report.Saw("http", "request");
        Assert.Contains("token=a%20b", sent, StringComparison.Ordinal);
        Assert.Contains("room=2", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("room=1", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_disconnects()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { refuse = "disconnect" })}")).FindsOnly("disconnected-by-server", "socket.io");
    }

    [Fact]
    public async Task A_middleware_that_hangs()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { refuse = "hang" })}")).FindsOnly("connect-no-answer", "socket.io");
    }

    [Fact]
    public async Task A_server_with_another_parser()
    {
        await using var deployment = new Deployment();
        (await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { parser = "msgpack" })}")).FindsOnly("connect-closed", "socket.io");
    }

    private static async Task<DoctorReport> ExamineAsync(string path, params string[] arguments)
    {
        await using var deployment = new Deployment();
        return await Deployment.ExamineAsync([$"http://127.0.0.1:{await deployment.NodeAsync()}{path}", .. arguments]);
    }
}
