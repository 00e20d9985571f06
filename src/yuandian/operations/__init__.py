"""The only writes. Each public function is one use case: keyword-only, atomic, audited, idempotent by key."""
