var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddGrpc();
await builder.Build().RunAsync();
