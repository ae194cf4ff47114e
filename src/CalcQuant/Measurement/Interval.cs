namespace CalcQuant.Measurement;

/// <summary>A two-sided interval; what holds it says of what and how sure.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High);
