"""Who calls: API keys of services, passwords and sessions of local users, tokens of an OpenID provider.

Promises: whoever is not proven is nobody, and a secret is kept only as a digest. Does not promise that a proven account
is in the hands of its owner.
"""
