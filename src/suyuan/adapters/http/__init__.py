"""HTTP with the standard library: witnesses and timestamp authorities are asked, the ledger's public files are served.

Every answer is bounded in time and size. Nothing that arrives here is believed; signatures decide elsewhere.
"""
