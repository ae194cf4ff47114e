using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Truth;

namespace CalcQuant.Phantoms.RealCt;

/// <summary>A known deposit in a real image.</summary>
/// <param name="Truth">What it is, as a phantom's truth says it.</param>
/// <param name="Hu">HU of the calcium, before blur and noise.</param>
/// <param name="PeakHu">Greatest HU that it makes after the blur, without noise.</param>
/// <param name="Column">Column of its centre.</param>
/// <param name="Row">Row of its centre.</param>
/// <param name="Slice">Slice of its centre.</param>
internal sealed record InsertedDeposit(DepositTruth Truth, double Hu, double PeakHu, int Column, int Row, int Slice);

/// <summary>A real series with known deposits in it.</summary>
/// <param name="Series">The series; voxels of its own.</param>
/// <param name="Deposits">The deposits.</param>
/// <param name="NotPlaced">Kinds that found no room.</param>
internal sealed record InsertedSeries(CtSeries Series, ImmutableArray<InsertedDeposit> Deposits, ImmutableArray<DepositKind> NotPlaced);
