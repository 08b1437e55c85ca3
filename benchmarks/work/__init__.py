"""What runs inside the measured processes; `python -m benchmarks.work` is such a process."""
