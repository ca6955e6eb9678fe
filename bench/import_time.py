"""What ``import gradproof`` adds to ``import numpy``: ``python bench/import_time.py``; pairs of runs, median."""

from __future__ import annotations

import statistics
import subprocess
import sys

TARGET = 0.080
PAIRS = 15


def seconds(statement: str) -> float:
    """Return the seconds that a statement takes in a fresh interpreter."""
    program = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def main() -> int:
    seconds("import numpy, gradproof")  # warms the file cache
    extra = [seconds("import numpy, gradproof") - seconds("import numpy") for _ in range(PAIRS)]
    median = statistics.median(extra)
    print(f"import gradproof adds {1e3 * median:.0f} ms to import numpy (target {1e3 * TARGET:.0f} ms)")
    return 0 if median <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
