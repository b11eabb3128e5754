"""The file of numbered JSON lines that a job's log is, and a runner's channel too: reading it, keeping it short."""
