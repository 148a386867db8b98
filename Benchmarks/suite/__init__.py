"""The benchmark suite behind `Benchmarks/run`."""
