"""Access sets (grade B): who had looked up the persons of a dump, judged against people who do the same work.

Promise: within its strata nobody is named more often than the budget says, as long as an account's look-ups there are exchangeable
with its colleagues'; an account is named only on what no rival had seen. Not promised: that the assumption holds.
"""
