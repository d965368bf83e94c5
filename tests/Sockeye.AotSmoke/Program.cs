return await Sockeye.TestHost.Host.RunAsync(args);
