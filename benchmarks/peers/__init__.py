"""Ours beside the mock servers that people use today, in one run: `python -m benchmarks.peers`."""
