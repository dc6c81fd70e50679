"""Marks: the keyed choice of equivalent forms, decoys, aliases and omissions, and the evidence they bear.

Promises: pure arithmetic; under innocence every evidence value has mean at most 1 over the key, for every
dump. Does not promise that a mark survives: what erases each kind's forms is in docs/reference/kinds.md.
"""
