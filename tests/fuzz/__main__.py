"""`python -m tests.fuzz --minutes 10`: a long run over all targets, with figures; it fails when there are findings."""

import argparse
import faulthandler
import logging
import resource
import sys
from random import Random, SystemRandom

from tests.fuzz.running import Run, fuzz, keep
from tests.fuzz.targets import TARGETS

_STUCK = 120
"""Seconds beyond its own after which a target is stuck, in code that hears no signal."""


def main() -> int:
    wish = _wish()
    names = wish.target or list(TARGETS)
    share = wish.minutes * 60 / len(names)
    seed = SystemRandom().randrange(2**32) if wish.seed is None else wish.seed
    logging.disable(logging.WARNING)
    print(f"{len(names)} targets, {share:.0f} s each, --seed {seed}", flush=True)
    runs = [_run(name, share, Random(f"{seed}/{name}")) for name in names]
    inputs, findings = sum(run.inputs for run in runs), sum(len(run.findings) for run in runs)
    seconds = sum(run.seconds for run in runs)
    print(
        f"{'in all':16} {inputs:>10,} inputs {inputs / seconds:>8,.0f}/s in {seconds / 60:.1f} min, {findings} findings"
    )
    return 1 if findings else 0


def _run(name: str, seconds: float, dice: Random) -> Run:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faulthandler.dump_traceback_later(seconds + _STUCK, exit=True)
    with TARGETS[name]() as target:
        run = fuzz(target, seconds, dice)
        faulthandler.cancel_dump_traceback_later()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        slowest = max(run.slowest, default=(0.0, b""))
        slow = f"slowest {slowest[0] * 1_000:,.0f} ms of work for {len(slowest[1]):,} bytes"
        figures = f"{run.inputs:>10,} inputs {run.inputs / run.seconds:>8,.0f}/s {len(run.kinds):>6,} kinds"
        print(f"{name:16} {figures} {len(run.findings):>3} findings, {slow}, memory +{grown:,.0f} MiB", flush=True)
        for found in run.findings.values():
            print(f"    {found.times} times {found.place}: {found.words}")
            print(f"    {found.data[:200]!r} in {keep(target, found.data)}", flush=True)
    return run


def _wish() -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    said.add_argument("--minutes", type=float, default=10.0, help="how long in all")
    said.add_argument("--target", action="append", choices=list(TARGETS), help="this one alone; may be repeated")
    said.add_argument("--seed", type=int, help="of the dice, to make a run again")
    return said.parse_args()


if __name__ == "__main__":
    sys.exit(main())
