"""The HTTP API: its routes, the keys that they take, and a host name of the customer's."""
