"""Measurements that print tables."""
