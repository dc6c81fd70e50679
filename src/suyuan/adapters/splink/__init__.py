"""The fuzzy matcher on Splink 5 and DuckDB: Fellegi-Sunter over whatever fields dump and people share.

Promises: at most one person a row, the same answer for the same input, nothing of a person in any log.
Does not promise calibrated probabilities where fields err together.
"""
