"""Pay: plans are data, a month's results become statements, every line shows its arithmetic (P1, P2)."""
