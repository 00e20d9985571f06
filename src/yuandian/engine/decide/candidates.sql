-- The candidates of one playbook: the customers for whom its condition holds, and the first limit that bars them.
-- Run once for each playbook of the pack. `_days` are those since our last attempt under it.
INSERT INTO candidates
SELECT
    customer_id, rm_id, playbook, channel, purpose, minutes, mandatory, worth_fen, effect_ppm, benefit_fen,
    CASE
        WHEN rm_id IS NULL THEN 'no_owner'
        WHEN $needs_open_account AND open_accounts = 0 THEN 'no_open_account'
        WHEN channel IS NULL THEN 'no_consent'
        WHEN _days < $cool_down_days THEN 'cool_down'
        WHEN NOT mandatory AND days_since_attempt < $min_days_between THEN 'contacted_lately'
        WHEN NOT mandatory AND benefit_fen <= 0 THEN 'no_gain'
    END AS barred,
    inputs
FROM (
    SELECT
        triggered.*,
        attempts.days AS _days,
        CAST($gain - $fatigue_fen * contacts_30d AS BIGINT) AS benefit_fen
    FROM (
        SELECT
            customer_id,
            _rm_id AS rm_id,
            $playbook AS playbook,
            CASE $channels END AS channel,
            $purpose AS purpose,
            $minutes AS minutes,
            $mandatory AS mandatory,
            CAST($worth AS BIGINT) AS worth_fen,
            $effect_ppm AS effect_ppm,
            contacts_30d,
            open_accounts,
            days_since_attempt,
            $inputs AS inputs
        FROM situations
        WHERE $condition
    ) AS triggered
    LEFT JOIN attempts ON attempts.customer_id = triggered.customer_id AND attempts.playbook = $playbook
) AS valued
