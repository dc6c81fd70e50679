"""Hold: people's values encrypted under one secret per person, and found again by keyed tokens.

Promises: a stolen data store shows no value; dropping a person's secret makes her records noise.
Does not promise that nobody outside the door reads a database the platform keeps elsewhere (overlay mode).
"""
