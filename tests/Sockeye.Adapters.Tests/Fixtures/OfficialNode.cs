using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>An official server of the cluster, under Node: node/server.mjs, which says what it can be asked.</summary>
internal sealed class OfficialNode : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private OfficialNode(object settings)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(FindFolder(), "node", "server.mjs"), JsonSerializer.Serialize(settings)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.ErrorDataReceived += (_, e) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(e.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    public string Url { get; private set; } = "";

    public static async Task<OfficialNode> StartAsync(object settings)
    {
        var node = new OfficialNode(settings);
        var port = await node._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within("the official server to start");
        Assert.True(port is not null, $"The official server has ended: {node._errors}");
        node.Url = $"http://127.0.0.1:{port}";
        return node;
    }

    /// <summary>Asks it to do something.</summary>
    public async Task<JsonElement> CallAsync(object call)
    {
        var response = await Http.PostAsJsonAsync(Url, call, TestContext.Current.CancellationToken).Within("the official server to answer");
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{text} {_errors}");
        return JsonElement.Parse(text);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None).Within("the official server to end");
        }

        _process.Dispose();
    }

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Sockeye.Adapters.Tests.csproj")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests' own folder is not above their program.");
        }

        return folder.FullName;
    }
}
