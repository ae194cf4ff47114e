namespace CalcQuant.Measurement;

/// <summary>A horizontal step of density inside a cystic calcification: calcium that settled below fluid, the sedimentation sign.</summary>
/// <param name="FluidHu">Median of the fluid above the step, HU, to 10 HU.</param>
/// <param name="SedimentHu">Median just below the step, HU, to 10 HU.</param>
/// <param name="LevelShare">Part of the fluid's lower border that lies at one height, 0 to 1.</param>
public sealed record FluidLevel(double FluidHu, double SedimentHu, double LevelShare);
