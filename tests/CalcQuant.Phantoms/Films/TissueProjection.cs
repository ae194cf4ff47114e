using System.Collections.Immutable;
using CalcQuant.Imaging;
using CalcQuant.Phantoms.Anatomy;
using CalcQuant.Phantoms.Shapes;

namespace CalcQuant.Phantoms.Films;

/// <summary>
/// Line integrals through the scene without its deposits. A ray leaps from border to border: a shape's distance, and a tissue's clearance,
/// say how far nothing changes, and two neighbouring samples share the gap between them as their distances to the border do.
/// </summary>
internal sealed class TissueProjection
{
    // Radial distances hold for short ways only.
    private const double LongestLeapMm = 6;

    // More than the grain of trabecular bone changes between samples, less than any border of cortex.
    private const double BorderHu = 150;

    // Tissues differ by less than this of water, gas from any of them by more.
    private const double GasShare = 0.4;

    private readonly Scene _scene;
    private readonly FilmFrame _frame;
    private readonly FilmAttenuation _attenuation;
    private readonly ParallelOptions _parallel;
    private readonly double _boneStepMm;
    private readonly double _softStepMm;
    private readonly ImmutableArray<Filled> _filled;
    private readonly ImmutableArray<Covered> _bones;

    /// <summary>Prepares the rays.</summary>
    /// <param name="scene">What is projected.</param>
    /// <param name="frame">The film.</param>
    /// <param name="attenuation">At the film's tube voltage.</param>
    /// <param name="coarse">Longer steps: for bodies so thick that finer ones do not show.</param>
    /// <param name="parallel">Threads; no value depends on them.</param>
    public TissueProjection(Scene scene, FilmFrame frame, FilmAttenuation attenuation, bool coarse, ParallelOptions parallel)
    {
        _scene = scene;
        _frame = frame;
        _attenuation = attenuation;
        _parallel = parallel;
        _softStepMm = coarse ? 0.5 : 0.25;
        _boneStepMm = coarse ? 0.5 : 0.25;
        _filled = [.. scene.Organs.Concat(scene.Vessels).Select(vessel => new Filled(vessel.Shape, attenuation.Soft(vessel.Hu), frame.Project(vessel.Shape.Bounds)))];
        _bones = [.. scene.Bones.Select((bone, index) => new Covered(
            bone,
            frame.Project(bone.Bounds),
            [.. scene.Bones.Skip(index + 1).Where(other => Meet(bone.Bounds, other.Bounds))]))];
    }

    /// <summary>Everything but bones and deposits.</summary>
    public FilmLattice Soft(double spacingMm)
    {
        var lattice = new FilmLattice(_frame, spacingMm);
        Parallel.For(0, lattice.RowCount, _parallel, row =>
        {
            double v = lattice.V(row);
            Filled[] inRow = [.. _filled.Where(filled => filled.OnFilm.Min.Y <= v && v <= filled.OnFilm.Max.Y)];
            for (int column = 0; column < lattice.ColumnCount; column++)
            {
                double u = lattice.U(column);
                Filled[] onRay = Array.FindAll(inRow, filled => filled.OnFilm.Min.X <= u && u <= filled.OnFilm.Max.X);
                lattice.Values[(row * lattice.ColumnCount) + column] = (float)SoftAlong(u, v, onRay);
            }
        });
        return lattice;
    }

    /// <summary>What bones add to the soft tissue they stand in for, and how much of each ray lies in bone, mm.</summary>
    public (FilmLattice Added, FilmLattice LengthMm) Bones(double spacingMm)
    {
        var added = new FilmLattice(_frame, spacingMm);
        var length = new FilmLattice(_frame, spacingMm);
        Parallel.For(0, added.RowCount, _parallel, row =>
        {
            double v = added.V(row);
            foreach (Covered bone in _bones)
            {
                if (v < bone.OnFilm.Min.Y || v > bone.OnFilm.Max.Y)
                {
                    continue;
                }

                int first = Math.Max(0, (int)Math.Floor((bone.OnFilm.Min.X - added.U(0)) / spacingMm));
                int last = Math.Min(added.ColumnCount - 1, (int)Math.Ceiling((bone.OnFilm.Max.X - added.U(0)) / spacingMm));
                for (int column = first; column <= last; column++)
                {
                    (double more, double mm) = BoneAlong(added.U(column), v, bone);
                    added.Values[(row * added.ColumnCount) + column] += (float)more;
                    length.Values[(row * added.ColumnCount) + column] += (float)mm;
                }
            }
        });
        return (added, length);
    }

    private static bool Meet(Box left, Box right) =>
        left.Min.X < right.Max.X && right.Min.X < left.Max.X
        && left.Min.Y < right.Max.Y && right.Min.Y < left.Max.Y
        && left.Min.Z < right.Max.Z && right.Min.Z < left.Max.Z;

    private double SoftAlong(double u, double v, Filled[] onRay)
    {
        double t = _frame.LowT;
        double sum = 0;
        Sample last = SoftAt(_frame.At(u, v, t), onRay);
        while (t < _frame.HighT)
        {
            double next = Math.Min(_frame.HighT, t + Math.Clamp(last.ClearanceMm + (_softStepMm / 2), _softStepMm, LongestLeapMm));
            Sample here = SoftAt(_frame.At(u, v, next), onRay);
            sum += Math.Abs(here.PerMm - last.PerMm) > GasShare * _attenuation.WaterPerMm
                ? AcrossGas(u, v, t, next, last, here, onRay)
                : (next - t) * Between(last, here);
            (t, last) = (next, here);
        }

        return sum;
    }

    // Against gas a border counts a hundred times as much as between tissues, and the skin is seen at a slant: it is found by halving.
    private double AcrossGas(double u, double v, double from, double to, Sample first, Sample second, Filled[] onRay)
    {
        const int Halvings = 7;
        double middlePerMm = (first.PerMm + second.PerMm) / 2;
        bool rises = second.PerMm > first.PerMm;
        double low = from;
        double high = to;
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            if (SoftAt(_frame.At(u, v, middle), onRay).PerMm > middlePerMm == rises)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        double border = (low + high) / 2;
        return ((border - from) * first.PerMm) + ((to - border) * second.PerMm);
    }

    // The grain of a tissue has mean zero and is averaged out along a ray.
    private Sample SoftAt(LpsPoint point, Filled[] onRay)
    {
        Tissue tissue = _scene.HostAt(point, out double clearance);
        double perMm = _attenuation.Soft(tissue.Hu);
        foreach (Filled filled in onRay)
        {
            double distance = filled.Shape.Distance(point);
            if (distance < 0)
            {
                // What it stands in for no longer matters.
                perMm = filled.PerMm;
                clearance = -distance;
            }
            else
            {
                clearance = Math.Min(clearance, distance);
            }
        }

        return new Sample(perMm, Math.Max(0, clearance));
    }

    private static double Between(Sample first, Sample second)
    {
        double both = first.ClearanceMm + second.ClearanceMm;
        double share = both > 0 ? first.ClearanceMm / both : 0.5;
        return (share * first.PerMm) + ((1 - share) * second.PerMm);
    }

    private (double Added, double LengthMm) BoneAlong(double u, double v, Covered bone)
    {
        double border = BorderHu / 1000 * _attenuation.WaterPerMm;
        double added = 0;
        double length = 0;
        double t = bone.OnFilm.Min.Z;
        double end = bone.OnFilm.Max.Z;
        double hostUntil = double.MinValue;
        double host = 0;
        Sample last = default;
        double lastDistance = double.MaxValue;
        while (t < end)
        {
            double step = lastDistance > 0 && lastDistance < double.MaxValue ? Math.Max(lastDistance, _boneStepMm / 2) : lastDistance <= 0 ? _boneStepMm : 0;
            double next = t + step;
            LpsPoint point = _frame.At(u, v, next);
            double distance = bone.Bone.Distance(point);
            Sample here = default;
            if (distance <= 0)
            {
                double hu = bone.Bone.Hu(point, distance, out double clearance);
                if (next >= hostUntil)
                {
                    host = _attenuation.Soft(_scene.HostAt(point, out double hostClearance).Hu);
                    hostUntil = next + Math.Clamp(hostClearance, _boneStepMm, LongestLeapMm);
                }

                // Where bones overlap the later one is drawn over the earlier.
                bool hidden = bone.Later.Any(other => other.Distance(point) < 0);
                here = new Sample(hidden ? 0 : _attenuation.Bone(hu) - host, clearance);
            }

            if (lastDistance <= 0 && distance <= 0)
            {
                added += step * (Math.Abs(here.PerMm - last.PerMm) > border ? Between(last, here) : (here.PerMm + last.PerMm) / 2);
                length += step;
            }
            else if (lastDistance <= 0 || (distance <= 0 && lastDistance < double.MaxValue))
            {
                // The surface is crossed where the distance, nearly a straight line over so short a way, is zero.
                double inside = Math.Min(lastDistance, distance) / (Math.Min(lastDistance, distance) - Math.Max(lastDistance, distance)) * step;
                added += inside * (lastDistance <= 0 ? last.PerMm : here.PerMm);
                length += inside;
            }

            (t, last, lastDistance) = (next, here, distance);
        }

        return (added, length);
    }

    private readonly record struct Sample(double PerMm, double ClearanceMm);

    private sealed record Filled(Shape Shape, double PerMm, Box OnFilm);

    private sealed record Covered(Bone Bone, Box OnFilm, ImmutableArray<Bone> Later);
}
