"""Views of jobs, which read the one fold: text for terminals, html for notebooks, tables, static summaries."""
