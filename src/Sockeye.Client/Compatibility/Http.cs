namespace Sockeye.Client.Compatibility;

/// <summary>What .NET has of HTTP.</summary>
internal static class Http
{
    extension(HttpContent content)
    {
        // Of an answer whose head came first, which is how they are asked for here, this is the stream itself: there is nothing to cancel.
        public Task<Stream> ReadAsStreamAsync(CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            return content.ReadAsStreamAsync();
        }
    }

    extension(HttpRequestMessage request)
    {
        public RequestOptions Options => new(request);
    }
}

/// <summary>System.Net.Http.HttpRequestOptionsKey.</summary>
internal readonly record struct HttpRequestOptionsKey<T>(string Key);

/// <summary>System.Net.Http.HttpRequestOptions, over what it replaced.</summary>
internal readonly record struct RequestOptions(HttpRequestMessage Request)
{
    public void Set<T>(HttpRequestOptionsKey<T> key, T value) => Request.Properties[key.Key] = value;
}
