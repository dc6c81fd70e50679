"""Adapters: what fulfils the stages' ports, one folder per outside system.

Promises: foreign errors leave here as suyuan's own, and no message holds a person's value.
Does not decide anything: rules live in the stages.
"""
