using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>A process of a test that takes lines and answers in lines. It ends with its input, so that none outlives the tests however they end.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;

    private ChildProcess(Process process, Action<string?>? onLine)
    {
        _process = process;
        _process.ErrorDataReceived += (_, e) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(e.Data);
            }
        };
        _process.BeginErrorReadLine();
        _reading = ReadAsync(onLine);
    }

    /// <summary>The lines that the process wrote, unless it was started with another taker.</summary>
    public Inbox<string> Lines { get; } = new();

    /// <summary>What the process wrote to its error stream so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>The folder of this project's sources: the scripts are run where they are.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Starts a script of the folder "node".</summary>
    /// <param name="script">The file's name.</param>
    /// <param name="argument">The script's argument, as JSON.</param>
    /// <param name="onLine">Takes the lines in place of <see cref="Lines"/>; the last is null.</param>
    public static ChildProcess Node(string script, object? argument = null, Action<string?>? onLine = null) => Start("node", [Path.Combine(Folder, "node", script), .. Json(argument)], onLine);

    /// <summary>Starts a script of the folder "python", with Debian's own interpreter: another one does not see Debian's modules.</summary>
    public static ChildProcess Python(string script, object? argument = null) => Start("/usr/bin/python3", ["-W", "ignore", Path.Combine(Folder, "python", script), .. Json(argument)]);

    /// <summary>Starts a program of a neighbouring project, which must have been built.</summary>
    public static ChildProcess DotNet(string project, object argument)
    {
        var configuration = typeof(ChildProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var program = Path.Combine(Folder, "..", project, "bin", configuration, "net10.0", $"{project}.dll");
        Assert.True(File.Exists(program), $"{project} is not built: dotnet build tests/{project} -c {configuration}");
        return Start("dotnet", [program, .. Json(argument)]);
    }

    public async Task WriteAsync<T>(T line)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(line, JsonSerializerOptions.Web));
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends the process without warning, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Waiting.Bound);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _reading.WaitAsync(Waiting.Bound);
        _process.Dispose();
    }

    private void AddLine(string? line)
    {
        if (line is not null)
        {
            Lines.Add(line);
        }
    }

    private static string[] Json(object? argument) => argument is null ? [] : [JsonSerializer.Serialize(argument, JsonSerializerOptions.Web)];

    /// <summary>Starts any program.</summary>
    public static ChildProcess Start(string program, string[] arguments, Action<string?>? onLine = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        return new ChildProcess(Process.Start(start)!, onLine);
    }

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var project = $"{typeof(ChildProcess).Assembly.GetName().Name}.csproj";
        while (!File.Exists(Path.Combine(folder.FullName, project)))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"The folder of {project} is not above the tests' own.");
        }

        return folder.FullName;
    }

    private async Task ReadAsync(Action<string?>? onLine)
    {
        onLine ??= AddLine;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            onLine(line);
        }

        Lines.End($"{_process.StartInfo.FileName} has ended: {Errors}");
        onLine(null);
    }
}
