return Sockeye.Bench.BenchCommand.Run(args);
