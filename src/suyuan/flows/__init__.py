"""Flows: stories that cross stages, each told once for the command line, the service and the tests."""
