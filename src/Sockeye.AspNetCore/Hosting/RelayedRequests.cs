using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>Stands before all middlewares where there is a cluster: a request that another node relayed looks to them as it looked to those of that node. Elsewhere it is not there.</summary>
internal sealed class RelayedRequests(IEnumerable<SocketIORegistration> registrations, IServiceProvider services) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        var directories = registrations.Select(registration => registration.GetServer(services).Relays).OfType<RelayDirectory>().ToArray();
        if (directories.Length > 0)
        {
            app.Use(following => context =>
            {
                if (context.Request.Headers.ContainsKey(RelayHop.Header))
                {
                    RelayHop.Accept(context, directories);
                }

                return following(context);
            });
        }

        next(app);
    };
}
