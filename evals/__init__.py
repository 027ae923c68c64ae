"""Questions become a report: gold files, metrics, statistics, comparison of runs, gates."""
