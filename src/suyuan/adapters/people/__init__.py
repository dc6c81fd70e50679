"""What every people store does alike: one meaning of its verbs, whichever database answers.

Each database names its statements alike and gives the same columns; how it is asked, and how tokens are kept, is its own.
"""
