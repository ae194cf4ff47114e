using CalcQuant.Service.Tests.Storage;

if (args is [StoreHost.ChildCommand, var folder])
{
    await StoreHost.RunChildAsync(folder);
    return 0;
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
