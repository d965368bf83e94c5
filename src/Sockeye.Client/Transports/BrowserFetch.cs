namespace Sockeye.Client.Transports;

/// <summary>What only the handler of Blazor WebAssembly understands.</summary>
internal static class BrowserFetch
{
    private static readonly HttpRequestOptionsKey<IDictionary<string, object>> FetchOptions = new("WebAssemblyFetchOptions");

    /// <summary>Whether the browser sends its cookies to other origins (fetch: credentials).</summary>
    public static void SetCredentials(HttpRequestMessage request, bool include)
    {
        if (include)
        {
            request.Options.Set(FetchOptions, new Dictionary<string, object> { ["credentials"] = "include" });
        }
    }
}
