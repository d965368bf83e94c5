using System.Diagnostics;

namespace Sockeye.Client.Diagnostics;

/// <summary>What shows in traces, source "Sockeye.Client". Nothing is allocated while nobody listens.</summary>
internal static class ClientActivities
{
    private static readonly ActivitySource Source = new("Sockeye.Client");

    /// <summary>An attempt to open a connection.</summary>
    public static Activity? StartConnect(Uri url) =>
        Source.StartActivity("socketio.connect", ActivityKind.Client)?.SetTag("server.address", url.Host).SetTag("server.port", url.Port);

    /// <summary>From an emit to its acknowledgement.</summary>
    public static Task<T> Trace<T>(Task<T> call, Uri url, string ns)
    {
        return Source.HasListeners() ? TraceAsync(call, url, ns) : call;

        static async Task<T> TraceAsync(Task<T> call, Uri url, string ns)
        {
            using var activity = Source.StartActivity("socketio.emit_with_ack", ActivityKind.Client);
            activity?.SetTag("server.address", url.Host).SetTag("server.port", url.Port).SetTag("socketio.namespace", ns);
            try
            {
                return await call.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                activity?.SetStatus(ActivityStatusCode.Error, e.Message);
                throw;
            }
        }
    }
}
