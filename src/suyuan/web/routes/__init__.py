"""The routes, a file a stage: each reads a body, asks the store once, and gives an answer."""
