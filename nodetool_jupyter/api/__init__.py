"""The public face: workflows, submitting them, jobs, and what the command line and the magics share."""
