"""Probes of Lambda."""
