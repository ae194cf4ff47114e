return CalcQuant.Phantoms.PhantomCommands.Run(args);
