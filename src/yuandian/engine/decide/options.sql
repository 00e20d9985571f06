-- What could fill the days: unbarred candidates by RM and customer, of each customer the shortest first.
SELECT rm_id, customer_id, playbook, minutes, mandatory, benefit_fen, capacity
FROM candidates
INNER JOIN rm_minutes USING (rm_id)
WHERE barred IS NULL
ORDER BY rm_id, customer_id, minutes, benefit_fen DESC, playbook
