Console.WriteLine("calcquant");
