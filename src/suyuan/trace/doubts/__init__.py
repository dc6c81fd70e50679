"""What was not read, or not surely: counted beside the reader from the text itself, told in notes, refused where it is most of a file."""
