"""Collect: what may be taken in, checked and brought to canonical form before anything is stored.

Promises: what is admitted has only registered fields, each a value of its kind. Does not yet ask for
consent or necessity: those join as steps of their own.
"""
