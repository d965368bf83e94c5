using Chat;
using Microsoft.AspNetCore.Connections;

var app = ChatApplication.Create(args);
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"""

      Sockeye chat is at {string.Join(" and ", app.Urls)}
      Please open it in two tabs, and be two people. Ctrl+C ends it.

    """));

try
{
    await app.RunAsync();
    return 0;
}
catch (IOException exception) when (exception.InnerException is AddressInUseException)
{
    Console.Error.WriteLine($"""

          {exception.Message}
          Choose another address: dotnet run --project samples/Chat --urls http://localhost:5081

        """);
    return 1;
}
