"""Evaluations elsewhere: in other processes, on a cluster, or in an earlier run."""
