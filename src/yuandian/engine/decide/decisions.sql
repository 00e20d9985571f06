-- One row a customer: where the customer stands, and why on the list of the day or why not.
-- Of several candidates the one that came furthest through the limits speaks; of those the one of most benefit.
CREATE OR REPLACE TABLE states AS
SELECT
    customer_id, rm_id, tier, stage, segment, assets_fen, assets_30d_fen, days_since_contact, decision,
    CASE decision
        WHEN 'listed' THEN '{"playbook":"' || playbook || '","position":' || position || ',"benefit_fen":'
            || benefit_fen || ',"minutes":' || minutes || ',"minute_price_fen":' || minute_price_fen || '}'
        WHEN 'no_consent' THEN '{"playbook":"' || playbook || '"}'
        WHEN 'cool_down' THEN '{"playbook":"' || playbook || '","days":' || _days || ',"limit_days":'
            || _cool_down_days || '}'
        WHEN 'contacted_lately' THEN '{"playbook":"' || playbook || '","days":' || days_since_attempt
            || ',"limit_days":' || $min_days_between || '}'
        WHEN 'no_gain' THEN '{"playbook":"' || playbook || '","worth_fen":' || worth_fen || ',"effect_ppm":'
            || effect_ppm || ',"contacts_30d":' || contacts_30d || ',"benefit_fen":' || benefit_fen || '}'
        WHEN 'rm_away' THEN '{"playbook":"' || playbook || '","benefit_fen":' || benefit_fen || ',"minutes":'
            || minutes || '}'
        WHEN 'no_minutes' THEN '{"playbook":"' || playbook || '","benefit_fen":' || benefit_fen || ',"minutes":'
            || minutes || ',"minute_price_fen":' || minute_price_fen || '}'
        ELSE '{}'
    END AS decision_inputs
FROM (
    SELECT
        situations.customer_id, situations._rm_id AS rm_id, tier, stage, segment, assets_fen, assets_30d_fen,
        days_since_contact, days_since_attempt, contacts_30d,
        worklist.position, rm_days.minute_price_fen,
        coalesce(worklist.playbook, best.playbook) AS playbook,
        coalesce(worklist.minutes, best.minutes) AS minutes,
        coalesce(worklist.benefit_fen, best.benefit_fen) AS benefit_fen,
        best.worth_fen, best.effect_ppm,
        attempts.days AS _days,
        CASE best.playbook $cool_downs END AS _cool_down_days,
        CASE
            WHEN worklist.customer_id IS NOT NULL THEN 'listed'
            WHEN situations._rm_id IS NULL THEN 'no_owner'
            WHEN $needs_open_account AND open_accounts = 0 THEN 'no_open_account'
            WHEN best.customer_id IS NULL THEN 'no_trigger'
            WHEN best.barred IS NOT NULL THEN best.barred
            WHEN rm_days.minutes = 0 THEN 'rm_away'
            ELSE 'no_minutes'
        END AS decision
    FROM situations
    LEFT JOIN worklist ON worklist.customer_id = situations.customer_id
    LEFT JOIN rm_days ON rm_days.rm_id = situations._rm_id
    LEFT JOIN (
        SELECT *
        FROM (
            SELECT *, row_number() OVER (
                PARTITION BY customer_id ORDER BY gate DESC, benefit_fen DESC, minutes, playbook
            ) AS place
            FROM (
                SELECT
                    customer_id, playbook, minutes, benefit_fen, worth_fen, effect_ppm, barred,
                    CASE barred
                        WHEN 'no_owner' THEN 1 WHEN 'no_open_account' THEN 2 WHEN 'no_consent' THEN 3
                        WHEN 'cool_down' THEN 4 WHEN 'contacted_lately' THEN 5 WHEN 'no_gain' THEN 6 ELSE 7
                    END AS gate
                FROM candidates
            ) AS gated
        ) AS placed
        WHERE place = 1
    ) AS best ON best.customer_id = situations.customer_id
    LEFT JOIN attempts ON attempts.customer_id = best.customer_id AND attempts.playbook = best.playbook
) AS decided

UNION ALL

SELECT
    customers.customer_id, owners.rm_id, NULL, NULL, NULL, NULL, NULL, NULL, 'not_yet_customer',
    '{"opened_on":"' || opened_on || '"}'
FROM customers
LEFT JOIN owners ON owners.customer_id = customers.customer_id
WHERE opened_on > $as_of
