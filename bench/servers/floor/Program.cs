// Sockeye.BenchServer.Floor PORT
Sockeye.BenchServer.Floor.FloorServer.Run(int.Parse(args[0], null));
