// The test host; with "client", our client against it.
return args is ["client"] ? await Sockeye.AotSmoke.ClientSmoke.RunAsync() : await Sockeye.TestHost.Host.RunAsync(args);
