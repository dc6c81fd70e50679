"""Victims' reports (grade C): what people knew of whom they were called about, gathered over time into leads.

Promise: under continuous watching, an account that has nothing to do with the reports is ever a lead with at most the chance that
the rule states, as long as reports do not depend on who looked whom up. Names nobody: a lead says where to look.
"""
