Console.WriteLine("phantoms");
