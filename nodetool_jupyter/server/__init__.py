"""The server extension: jobs, workers and live streams over HTTP, with the rights of the Jupyter server."""
