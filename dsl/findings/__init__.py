"""The findings about text, names and types (T001 to T011), one file each."""
