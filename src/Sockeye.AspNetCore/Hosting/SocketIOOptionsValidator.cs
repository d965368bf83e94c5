using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Sockets;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>Makes a wrong option stop the start with a message, not a client's connection later.</summary>
internal sealed class SocketIOOptionsValidator : IValidateOptions<SocketIOOptions>
{
    public ValidateOptionsResult Validate(string? name, SocketIOOptions options)
    {
        try
        {
            options.Validate();
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return ValidateOptionsResult.Fail(string.IsNullOrEmpty(name) ? e.Message : $"{new SocketIORegistration(name)}: {e.Message}");
        }
    }
}
