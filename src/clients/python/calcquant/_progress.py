"""A progress line in the terminal: tqdm's where that is installed, a plain one otherwise."""

from __future__ import annotations

import sys
import time
from typing import Callable, Optional, Union

#: What callers may give: True for a bar where somebody watches, False for none, or a function of (stage, done part from 0 to 1).
Progress = Union[bool, Callable[[str, float], None]]

_WIDTH = 30
_SECONDS_BETWEEN_DRAWINGS = 0.1


class ProgressLine:
    """Shows one stage after the other on standard error."""

    def __init__(self, wanted: Progress) -> None:
        self._function = wanted if callable(wanted) else None
        self._is_drawn = wanted is True
        self._tqdm = None
        if self._is_drawn:
            try:
                from tqdm.auto import tqdm

                # A notebook shows a bar of its own; a file or a pipe would only be filled with carriage returns.
                if sys.stderr.isatty() or any("notebook" in base.__module__ for base in tqdm.__mro__):
                    self._tqdm = tqdm
                else:
                    self._is_drawn = False
            except ImportError:
                self._is_drawn = sys.stderr.isatty()
        self._bar = None
        self._stage: Optional[str] = None
        self._drawn_at = 0.0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_stage()

    def show(self, stage: str, fraction: float) -> None:
        """Says how far a stage is, 0 to 1."""
        if self._function is not None:
            self._function(stage, fraction)
        if not self._is_drawn:
            return
        if stage != self._stage:
            self._end_stage()
            self._stage = stage
            if self._tqdm:
                self._bar = self._tqdm(total=100, desc=stage, unit="%", bar_format="{desc:<14} {bar} {n:.0f} % {elapsed}", leave=False)
        if self._bar is not None:
            self._bar.update(fraction * 100 - self._bar.n)
        else:
            self._draw(stage, fraction)

    def _draw(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if now - self._drawn_at < _SECONDS_BETWEEN_DRAWINGS and fraction < 1:
            return
        self._drawn_at = now
        done = round(_WIDTH * min(max(fraction, 0.0), 1.0))
        sys.stderr.write(f"\r\x1b[K{stage:<14} [{'#' * done}{'.' * (_WIDTH - done)}] {fraction:4.0%}")
        sys.stderr.flush()

    def _end_stage(self) -> None:
        if self._stage is None:
            return
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        else:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._stage = None
        self._drawn_at = 0.0
