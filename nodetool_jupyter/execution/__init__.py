"""Where a job runs: one module per strategy, all with the contract of :class:`~.base.JobExecution`."""
