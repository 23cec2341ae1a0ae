"""What comes out: the built-in record, markers for schemas, and citations."""
