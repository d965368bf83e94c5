using Sockeye.Chaos;

// One program is all of it: it starts the engine's server, and itself three times as "node".
return args is ["node", var engine, var port, var name, var fault] ? await ChaosNode.RunAsync(Engine.Find(engine), int.Parse(port, null), name, fault) : ChaosCommand.Run(args);
