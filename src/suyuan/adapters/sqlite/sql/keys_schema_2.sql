-- keys.db, version 2: envelopes begin with the generation of the key that they are wrapped under.

-- The tables are those of version 1, and so are the envelopes in them until they are wrapped anew. The number keeps a
-- suyuan from before the generations away from envelopes that it would call sealed under another passphrase.
