-- What was known at the end of $as_of: the only place where facts are cut off by date.
-- A later ending (closed_on, active_to, left_on) is not known yet, so it reads as still running.

CREATE OR REPLACE VIEW known_customers AS
SELECT * FROM customers WHERE opened_on <= $as_of;

CREATE OR REPLACE VIEW known_accounts AS
SELECT
    account_id, customer_id, product_id, opened_on,
    CASE WHEN closed_on <= $as_of THEN closed_on END AS closed_on
FROM accounts
WHERE opened_on <= $as_of;

-- A contract still runs on the day on which it ends.
CREATE OR REPLACE VIEW known_contracts AS
SELECT
    contract_id, customer_id, product_id, opened_on, amount_fen, ends_on,
    CASE WHEN closed_on <= $as_of THEN closed_on END AS closed_on,
    (closed_on IS NULL OR closed_on > $as_of) AND (ends_on IS NULL OR ends_on >= $as_of) AS running
FROM contracts
WHERE opened_on <= $as_of;

CREATE OR REPLACE VIEW known_balances AS
SELECT * FROM balances WHERE date <= $as_of;

CREATE OR REPLACE VIEW known_flows AS
SELECT * FROM $flows WHERE date <= $as_of;

-- `ours`: an attempt of ours, reached or not. `contact`: the customer was reached, or came to us.
-- No direction means that we began; no result means that the customer was reached.
CREATE OR REPLACE VIEW known_interactions AS
SELECT
    *,
    ours AND reached AS our_contact,
    reached OR NOT ours AS contact
FROM (
    SELECT
        customer_id, CAST(occurred_at AS DATE) AS occurred_at, occurred_at AS moment,
        channel, purpose, playbook, direction, result, minutes, callback_on, department,
        coalesce(direction, 'out') = 'out' AS ours,
        result IS NULL OR result IN ($reached) AS reached
    FROM interactions
    WHERE occurred_at < $tomorrow
) AS dated;

-- Days since our last attempt under each playbook. A contact that no playbook asked for is none of them.
CREATE OR REPLACE TABLE attempts AS
SELECT customer_id, playbook, date_diff('day', max(occurred_at), $as_of) AS days
FROM known_interactions
WHERE ours AND playbook IS NOT NULL
GROUP BY customer_id, playbook;

CREATE OR REPLACE VIEW known_events AS
SELECT customer_id, CAST(occurred_at AS DATE) AS occurred_at, sequence, kind
FROM events
WHERE occurred_at < $tomorrow;

-- The latest word counts; if yes and no came at the same moment, it is a no.
CREATE OR REPLACE VIEW known_consents AS
SELECT
    customer_id,
    $consents
FROM consents
WHERE changed_at < $tomorrow
GROUP BY customer_id;

-- The accountable RM of the day, unless that RM has left. If periods overlap, the later one holds.
CREATE OR REPLACE VIEW owners AS
SELECT customer_id, arg_max(rm_id, active_from) AS rm_id
FROM ownerships
LEFT JOIN rms USING (rm_id)
WHERE active_from <= $as_of AND (active_to IS NULL OR active_to > $as_of)
    AND (left_on IS NULL OR left_on > $as_of)
GROUP BY customer_id
