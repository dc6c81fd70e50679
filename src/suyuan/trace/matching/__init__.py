"""Rows of a dump to persons, at the size of the real leaks: bytes, canonical values, tokens, person numbers.

Promises: exactly the links of the plain road (`trace.link`), in bounded memory; what a kernel cannot decide the kinds decide.
Does not promise to read every file: what is not plain separated text goes the plain road.
"""
