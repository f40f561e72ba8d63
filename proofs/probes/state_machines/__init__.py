"""Probes of Step Functions."""
