namespace Sockeye.AspNetCore.Sockets;

public sealed partial class SocketIOServer
{
    /// <summary>Whether it takes no new clients any more, because the host stops or <see cref="CloseAsync"/> was called.</summary>
    internal bool IsDraining => IsClosing || Engine is { IsStopping: true };

    /// <summary>Closes the connections over <see cref="SocketIOOptions.DrainDuration"/>, then does what <see cref="CloseAsync"/> does. A cancellation shortens the first part.</summary>
    internal async Task DrainAsync(CancellationToken cancellationToken)
    {
        IsClosing = true;
        if (Engine is { } engine && Options.DrainDuration > TimeSpan.Zero)
        {
            await engine.DrainAsync(Options.DrainDuration, cancellationToken).ConfigureAwait(false);
        }

        await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>The authorization of the namespaces that are there: a policy that does not exist shows before the first client comes.</summary>
    internal async Task CheckPoliciesAsync(IServiceProvider services)
    {
        foreach (var operations in Namespaces.AllOperations)
        {
            if (operations.Handlers.Authorization.Items.Length > 0)
            {
                await NamespaceAuthorization.CombineAsync(operations.Handlers, operations.ToString()!, services).ConfigureAwait(false);
            }
        }
    }
}
