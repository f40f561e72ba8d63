"""Probes of API Gateway."""
