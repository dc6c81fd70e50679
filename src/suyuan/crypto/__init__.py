"""Cipher, hash and signature primitives, and the formats that everything hashed or signed goes through.

Promises: one canonical spelling, one commitment scheme, one tree hash (RFC 6962), one note format (C2SP).
Does not promise: to keep a key. Nothing here stores, logs or draws one; callers bring keys and entropy.
"""
