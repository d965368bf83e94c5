// Sockeye.BenchServer.Aot PORT [msgpack] [deflate] [epoll]
Sockeye.BenchServer.Server.Run(args);
