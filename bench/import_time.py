"""What ``import gradproof`` adds to ``import numpy``, and its plugin to ``pytest --co``; pairs of runs, median.

python bench/import_time.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 0.080
COLLECTION_TARGET = 0.030
PAIRS = 15


def seconds(statement: str) -> float:
    """Return the seconds that a statement takes in a fresh interpreter."""
    program = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def collection(folder: str, *options: str) -> float:
    """Return the seconds that pytest takes to collect one test."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "--co", "-q", *options]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - started


def plugin() -> float:
    """Return what the plugin adds to the collection of one test."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_one.py").write_text("def test_one():\n    pass\n")
        collection(folder)
        pairs = [(collection(folder), collection(folder, "-p", "no:gradproof")) for _ in range(PAIRS)]
    return statistics.median(with_it - without for with_it, without in pairs)


def main() -> int:
    seconds("import numpy, gradproof")  # warms the file cache
    extra = [seconds("import numpy, gradproof") - seconds("import numpy") for _ in range(PAIRS)]
    median = statistics.median(extra)
    print(f"import gradproof adds {1e3 * median:.0f} ms to import numpy (target {1e3 * TARGET:.0f} ms)")
    added = plugin()
    print(f"the plugin adds {1e3 * added:.0f} ms to pytest --co (target {1e3 * COLLECTION_TARGET:.0f} ms)")
    return 0 if median <= TARGET and added <= COLLECTION_TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
