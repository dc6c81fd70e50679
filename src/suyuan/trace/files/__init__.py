"""The bytes of a dump: opened, unpacked, decoded, cut into lines and cells, kept in stretches. Nothing here knows what a value means."""
