using System.Diagnostics;
using System.Globalization;

namespace Sockeye.Cli.Tests.Inspect;

/// <summary>What Wireshark sees in a capture.</summary>
internal static class Tshark
{
    /// <summary>The rows of a filter: a field each, several values in one packet with ^ between them.</summary>
    public static async Task<IReadOnlyList<string[]>> ReadAsync(string file, int port, string? keyLog, string filter, params string[] fields)
    {
        string[] decode = keyLog is null
            ? ["-d", string.Create(CultureInfo.InvariantCulture, $"tcp.port=={port},http")]
            : ["-d", string.Create(CultureInfo.InvariantCulture, $"tcp.port=={port},tls"), "-d", string.Create(CultureInfo.InvariantCulture, $"tls.port=={port},http"), "-o", $"tls.keylog_file:{keyLog}"];
        string[] line = ["-r", file, .. decode, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", filter, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=^", .. fields.SelectMany(field => new[] { "-e", field })];
        var start = new ProcessStartInfo("tshark", line) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().Within();
        await process.WaitForExitAsync().Within();
        Assert.True(process.ExitCode == 0, await errors);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('\t'))];
    }
}
