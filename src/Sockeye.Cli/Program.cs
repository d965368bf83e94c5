using Sockeye.Cli;

return await Tool.RunAsync(args, Terminal.OfProcess()).ConfigureAwait(false);
