"""The pure part: tables in, tables out. No clock, database, network or unseeded chance."""
