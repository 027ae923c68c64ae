"""A folder becomes searchable: load, clean, chunk, embed, store, search."""
