using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("localhost:3000", "https://localhost:3000/")]
    [InlineData("localhost", "https://localhost/")]
    [InlineData("//localhost:3000", "https://localhost:3000/")]
    [InlineData("http://localhost:3000", "http://localhost:3000/")]
    [InlineData("ws://localhost:3000", "ws://localhost:3000/")]
    [InlineData("WSS://localhost", "wss://localhost/")]
    [InlineData("localhost:3000?next=http://example.com/", "https://localhost:3000/?next=http://example.com/")]
    public void SIOC_U_03_SIOC_U_04_without_a_scheme_it_is_https(string url, string server) => Assert.Equal(server, ClientAddress.Parse(url).Url.AbsoluteUri);

    [Theory]
    [InlineData("/test", "has no host, and there is no page to take it from: give the whole address, as in \"https://example.com/test\"")]
    [InlineData("", "is not an address")]
    [InlineData("http://", "is not an address")]
    [InlineData("ftp://localhost", "begins with http, https, ws or wss")]
    [InlineData("http://localhost/socket.io/", "Leave it out")]
    [InlineData("http://localhost/engine.io", "Leave it out")]
    public void What_is_no_address_is_refused_with_advice(string url, string advice) => Assert.Contains(advice, Assert.Throws<ArgumentException>(() => ClientAddress.Parse(url)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_relative_uri_is_refused() => Assert.Throws<ArgumentException>(() => new SocketIOClient(new Uri("chat", UriKind.Relative)));

    [Fact]
    public void More_than_8000_characters_are_refused_with_the_official_text()
    {
        Assert.StartsWith("URI too long", Assert.Throws<ArgumentException>(() => ClientAddress.Parse("http://localhost/" + new string('a', 8000))).Message, StringComparison.Ordinal);
        ClientAddress.Parse("http://localhost/" + new string('a', 7900));
    }

    [Theory]
    [InlineData("http://localhost:80/", "/socket.io", "http://localhost:80/socket.io")]
    [InlineData("http://localhost", "/socket.io", "http://localhost:80/socket.io")]
    [InlineData("https://localhost", "/socket.io", "https://localhost:443/socket.io")]
    [InlineData("ws://localhost", "/socket.io", "http://localhost:80/socket.io")]
    [InlineData("wss://localhost", "/socket.io", "https://localhost:443/socket.io")]
    [InlineData("http://localhost:3000/chat?x=y", "/other", "http://localhost:3000/other")]
    [InlineData("http://LOCALHOST", "/socket.io", "http://localhost:80/socket.io")]
    public void SIOC_U_05_what_a_connection_is_shared_by(string url, string path, string key) => Assert.Equal(key, ClientAddress.Parse(url).CacheKey(path));

    [Theory]
    [InlineData("http://localhost", "/")]
    [InlineData("http://localhost/", "/")]
    [InlineData("http://localhost?a=b", "/")]
    [InlineData("http://localhost/chat", "/chat")]
    [InlineData("http://localhost/chat/room?a=b#c", "/chat/room")]
    [InlineData("localhost:3000/chat", "/chat")]
    [InlineData("http://localhost/caf%C3%A9", "/café")]
    [InlineData("http://localhost/café", "/café")]
    public void SIOC_U_06_the_path_is_the_namespace(string url, string ns)
    {
        var address = ClientAddress.Parse(url);
        Assert.Equal(ns, address.Namespace);
        Assert.Equal("/", address.Url.AbsolutePath);
        Assert.Equal("", address.Url.Fragment);
    }

    [Fact]
    public void SIOC_U_07_an_address_of_version_6()
    {
        var address = ClientAddress.Parse("http://[::1]");
        Assert.Equal("::1", address.Url.DnsSafeHost);
        Assert.Equal("http://[::1]:80", address.CacheKey(""));
    }

    [Fact]
    public void SIOC_U_09_the_path_of_the_endpoint_is_an_option()
    {
        var address = ClientAddress.Parse("https://woot.com/some-namespace");
        Assert.Equal("https://woot.com:443/some-path", address.CacheKey("/some-path"));
        Assert.Equal("/some-namespace", address.Namespace);
    }

    [Fact]
    public async Task The_address_names_the_socket_and_the_query_is_kept()
    {
        await using var client = new SocketIOClient("http://localhost:3000/chat?a=b");
        Assert.Equal("/chat", client.Socket().Namespace);
        Assert.Equal("http://localhost:3000/?a=b", client.Url.AbsoluteUri);
        Assert.Same(client.Socket("/chat"), client.Socket());
        Assert.Same(client.Socket("chat"), client.Socket("/chat"));
        Assert.NotSame(client.Socket("/"), client.Socket());
        Assert.Contains("comma", Assert.Throws<ArgumentException>(() => client.Socket("/a,b")).Message, StringComparison.Ordinal);
    }
}
