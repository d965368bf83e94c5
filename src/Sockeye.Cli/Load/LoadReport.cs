using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Connect;

namespace Sockeye.Cli.Load;

/// <summary>What came of it, for people and for programs.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Counts">What happened.</param>
/// <param name="Ramp">How long it took to open the connections.</param>
/// <param name="Run">How long the scenario ran.</param>
/// <param name="Interrupted">Ctrl-C ended it: the numbers are those until then.</param>
internal sealed record LoadReport(LoadSettings Settings, LoadCounts Counts, TimeSpan Ramp, TimeSpan Run, bool Interrupted)
{
    private long Lost => Math.Max(0, Counts.Expected - Counts.Delivered);

    private long Away => Math.Max(0, Counts.Cuts - Counts.Returns.Count);

    /// <summary>Nothing failed, nothing was lost, nothing came twice or to a wrong place.</summary>
    public bool IsGood => Counts.Failed == 0 && Lost == 0 && Away == 0 && Counts.Duplicates == 0 && !Counts.Errors.Any() && Counts.Connected > 0;

    public string ToJson() => EventJson.Write(json =>
    {
        json.WriteString("scenario"u8, Settings.Scenario);
        json.WriteString("url"u8, Settings.Target.Url.ToString());
        json.WriteString("transport"u8, Settings.Transport);
        json.WriteNumber("clients"u8, Settings.Clients);
        json.WriteBoolean("interrupted"u8, Interrupted);
        json.WriteNumber("rampSeconds"u8, Math.Round(Ramp.TotalSeconds, 3));
        json.WriteNumber("runSeconds"u8, Math.Round(Run.TotalSeconds, 3));
        json.WriteStartObject("connections"u8);
        json.WriteNumber("opened"u8, Counts.Connected);
        json.WriteNumber("failed"u8, Counts.Failed);
        json.WriteNumber("perSecond"u8, Rate(Counts.Connected, Ramp));
        json.WriteNumber("cut"u8, Counts.Cuts);
        json.WriteNumber("returned"u8, Counts.Returns.Count);
        json.WriteNumber("recovered"u8, Counts.Recovered);
        json.WriteEndObject();
        json.WriteStartObject("messages"u8);
        json.WriteNumber("sent"u8, Counts.Sent);
        json.WriteNumber("expected"u8, Counts.Expected);
        json.WriteNumber("delivered"u8, Counts.Delivered);
        json.WriteNumber("lost"u8, Lost);
        json.WriteNumber("duplicates"u8, Counts.Duplicates);
        json.WriteNumber("deliveredPerSecond"u8, Rate(Counts.Delivered, Run));
        json.WriteEndObject();
        Write(json, "connectMs", Counts.Connects);
        Write(json, "latencyMs", Counts.Latency);
        Write(json, "returnMs", Counts.Returns);
        json.WriteStartObject("errors"u8);
        foreach (var (reason, count) in Counts.Errors)
        {
            json.WriteNumber(reason, count);
        }

        json.WriteEndObject();
    });

    public IEnumerable<string> Lines(Ink ink)
    {
        yield return ink.Bold($"{Settings.Scenario} against {Settings.Target.Url}: {Settings.Clients} clients, {EventText.Duration(Run)}{(Interrupted ? ", interrupted" : "")}");
        yield return "";
        yield return $"connections  {Number(Counts.Connected)} opened, {Bad(ink, Counts.Failed, "failed")}, {Rate(Counts.Connected, Ramp):0.#}/s";
        if (Counts.Cuts > 0)
        {
            yield return $"cuts         {Number(Counts.Cuts)} cut, {Number(Counts.Returns.Count)} came back, {Number(Counts.Recovered)} of them recovered, {Bad(ink, Away, "did not")}";
        }

        if (Counts.Sent > 0)
        {
            yield return $"messages     {Number(Counts.Sent)} sent, {Number(Counts.Delivered)} of {Number(Counts.Expected)} delivered ({Share(Counts.Delivered, Counts.Expected)}), {Bad(ink, Lost, "lost")}, {Bad(ink, Counts.Duplicates, "twice")}, {Rate(Counts.Delivered, Run):0.#}/s";
        }

        yield return "";
        yield return ink.Dim($"{"",-10}{"p50",12}{"p90",12}{"p95",12}{"p99",12}{"max",12}");
        foreach (var (name, times) in ((string, Percentiles)[])[("connect", Counts.Connects), ("latency", Counts.Latency), ("return", Counts.Returns)])
        {
            if (times.Count > 0)
            {
                yield return $"{name,-10}{EventText.Duration(times.At(0.5)),12}{EventText.Duration(times.At(0.9)),12}{EventText.Duration(times.At(0.95)),12}{EventText.Duration(times.At(0.99)),12}{EventText.Duration(times.Max),12}";
            }
        }

        foreach (var (reason, count) in Counts.Errors)
        {
            yield return ink.Red($"{Number(count)} × {EventText.Safe(reason)}");
        }
    }

    private static void Write(Utf8JsonWriter json, string name, Percentiles times)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count"u8, times.Count);
        json.WriteNumber("p50"u8, Milliseconds(times.At(0.5)));
        json.WriteNumber("p90"u8, Milliseconds(times.At(0.9)));
        json.WriteNumber("p95"u8, Milliseconds(times.At(0.95)));
        json.WriteNumber("p99"u8, Milliseconds(times.At(0.99)));
        json.WriteNumber("max"u8, Milliseconds(times.Max));
        json.WriteEndObject();
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static double Rate(long count, TimeSpan time) => time > TimeSpan.Zero ? Math.Round(count / time.TotalSeconds, 1) : 0;

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Share(long part, long whole) => whole == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(10_000.0 * part / whole) / 100:0.##} %");

    private static string Bad(Ink ink, long count, string what) => count == 0 ? $"0 {what}" : ink.Red($"{Number(count)} {what}");
}
