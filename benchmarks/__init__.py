"""The figures of the project: ``python -m benchmarks`` prints one JSON line for each, beside a floor of the same run.

A floor is the least that anybody would have to do for the same effect, measured on the same machine in the same run;
machines are noisy, so ratios say more than figures.
"""
