"""Keys in hardware: the key over all keys inside a PKCS#11 token, which wraps and unwraps and never gives it out."""
