-- Takes away what making a key store made: for one whose making failed, and for nothing else.
DROP TABLE meta, person, numbering, secret;
