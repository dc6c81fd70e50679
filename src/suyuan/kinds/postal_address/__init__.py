"""Postal addresses, Chinese and Western. The room keeps delivery-relevant parts; only redundant spelling differs."""

from suyuan.kinds.postal_address.kind import PostalAddress

__all__ = ["PostalAddress"]
