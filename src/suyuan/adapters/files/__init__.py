"""Adapters over plain files."""
