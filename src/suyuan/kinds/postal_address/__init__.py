"""Postal addresses, Chinese and Western. The room keeps delivery-relevant parts; only redundant spelling differs."""

from suyuan.kinds.postal_address.kind import PostalAddress, looks_like_address

__all__ = ["PostalAddress", "looks_like_address"]
