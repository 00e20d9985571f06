"""The only models and migrations, by noun. Reads are queryset methods; writes belong to `operations`."""
