-- The same features, candidates and reasons as the engine makes for the pack of engine_pack.py, written by hand for
-- that pack alone, for one day, as fast as its author could. The engine's own text is general; this is the measure.
-- $facts and $out are folders. 2026-11-24 is the day of the run.

CREATE TEMP TABLE money AS
SELECT
    customer_id,
    DATE '2026-11-24' - max(day) AS days_since_transaction,
    count(*) FILTER (WHERE day >= DATE '2026-08-27') AS transactions_90d,
    CAST(sum(greatest(amount_fen, 0)) FILTER (WHERE day >= DATE '2026-11-18') AS BIGINT) AS inflow_7d_fen,
    CAST(sum(greatest(-amount_fen, 0)) FILTER (WHERE day >= DATE '2026-11-18') AS BIGINT) AS outflow_7d_fen,
    CAST(sum(greatest(amount_fen, 0)) FILTER (WHERE day >= DATE '2026-08-27') AS BIGINT) AS inflow_90d_fen,
    CAST(sum(greatest(-amount_fen, 0)) FILTER (WHERE day >= DATE '2026-08-27') AS BIGINT) AS outflow_90d_fen,
    CAST(sum(income_fen) FILTER (WHERE day >= DATE '2025-11-25') AS BIGINT) AS income_365d_fen,
    CAST(sum(greatest(amount_fen, 0)) FILTER (WHERE day >= DATE '2026-09-26' AND kind = 'salary') AS BIGINT)
        AS salary_60d_fen
FROM (
    SELECT customer_id, CAST(occurred_at AS DATE) AS day, kind, amount_fen, income_fen
    FROM '$facts/transactions.parquet' WHERE occurred_at < DATE '2026-11-25'
)
GROUP BY customer_id;

CREATE TEMP TABLE talks AS
SELECT
    customer_id,
    DATE '2026-11-24' - max(day) FILTER (WHERE contact) AS days_since_contact,
    DATE '2026-11-24' - max(day) FILTER (WHERE ours) AS days_since_attempt,
    DATE '2026-11-24' - max(day) FILTER (WHERE contact AND purpose = 'care') AS days_since_care,
    DATE '2026-11-24' - max(day) FILTER (WHERE contact AND purpose = 'ask') AS days_since_ask,
    count(*) FILTER (WHERE ours AND reached AND day >= DATE '2026-10-26') AS contacts_30d,
    count(*) FILTER (WHERE ours AND reached AND day >= DATE '2025-11-25') AS contacts_365d,
    max(epoch_ms(occurred_at) * 1048576 + CASE result
        WHEN 'done' THEN 1 WHEN 'interested' THEN 2 WHEN 'later' THEN 3 WHEN 'declined' THEN 4
        WHEN 'unreached' THEN 5 WHEN 'complaint' THEN 6 ELSE 0 END * 65536
        + coalesce(callback_on - DATE '1970-01-01', 0)) FILTER (WHERE contact) AS last_contact,
    CAST(sum(minutes) FILTER (WHERE ours AND day >= DATE '2025-11-25') AS BIGINT) AS minutes_365d
FROM (
    SELECT
        customer_id, occurred_at, CAST(occurred_at AS DATE) AS day, purpose, result, minutes,
        callback_on, direction = 'out' AS ours, result IS NULL OR result <> 'unreached' AS reached, reached OR NOT ours AS contact
    FROM '$facts/interactions.parquet' WHERE occurred_at < DATE '2026-11-25'
)
GROUP BY customer_id;

CREATE TEMP TABLE attempts AS
SELECT customer_id, playbook, DATE '2026-11-24' - CAST(max(occurred_at) AS DATE) AS tried
FROM '$facts/interactions.parquet'
WHERE occurred_at < DATE '2026-11-25' AND direction = 'out' AND playbook IS NOT NULL
GROUP BY customer_id, playbook;

CREATE TEMP TABLE assets AS
SELECT
    customer_id,
    CAST(sum(now_fen) FILTER (WHERE open_until > DATE '2026-11-24') AS BIGINT) AS assets_fen,
    CAST(sum(then_30_fen) FILTER (WHERE open_until > DATE '2026-10-25') AS BIGINT) AS assets_30d_fen,
    CAST(sum(then_90_fen) FILTER (WHERE open_until > DATE '2026-08-26') AS BIGINT) AS assets_90d_fen,
    max(greatest(highest_fen, CASE WHEN open_until > DATE '2026-05-29' THEN carried_fen END)) AS assets_peak_180d_fen
FROM (
    SELECT
        customer_id, account_id,
        arg_max(amount_fen, date) AS now_fen,
        arg_max(amount_fen, date) FILTER (WHERE date <= DATE '2026-10-25') AS then_30_fen,
        arg_max(amount_fen, date) FILTER (WHERE date <= DATE '2026-08-26') AS then_90_fen,
        arg_max(amount_fen, date) FILTER (WHERE date <= DATE '2026-05-29') AS carried_fen,
        max(amount_fen) FILTER (WHERE date > DATE '2026-05-29') AS highest_fen
    FROM '$facts/balances.parquet' WHERE date <= DATE '2026-11-24'
    GROUP BY ALL
)
JOIN (
    SELECT account_id, coalesce(closed_on, DATE '9999-12-31') AS open_until
    FROM '$facts/accounts.parquet' WHERE opened_on <= DATE '2026-11-24'
) USING (account_id)
GROUP BY customer_id;

CREATE TEMP TABLE terms AS
SELECT
    customer_id,
    count(*) FILTER (WHERE running) AS contracts,
    min(ends_on) FILTER (WHERE running) AS next_end_on,
    arg_min({a: amount_fen, p: product_id}, {e: ends_on, a: -amount_fen, c: contract_id})
        FILTER (WHERE running AND ends_on IS NOT NULL) AS ending
FROM (
    SELECT *, coalesce(closed_on > DATE '2026-11-24', TRUE) AND coalesce(ends_on >= DATE '2026-11-24', TRUE) AS running
    FROM '$facts/contracts.parquet' WHERE opened_on <= DATE '2026-11-24'
)
GROUP BY customer_id;

CREATE TEMP TABLE owners AS
SELECT customer_id, arg_max(rm_id, active_from) AS rm_id
FROM '$facts/ownerships.parquet' LEFT JOIN '$facts/rms.parquet' USING (rm_id)
WHERE active_from <= DATE '2026-11-24' AND coalesce(active_to > DATE '2026-11-24', TRUE)
    AND coalesce(left_on > DATE '2026-11-24', TRUE)
GROUP BY customer_id;

CREATE TEMP TABLE situations AS
WITH holdings AS (
    SELECT
        customer_id, count(*) FILTER (WHERE coalesce(closed_on > DATE '2026-11-24', TRUE)) AS open_accounts,
        DATE '2026-11-24' - min(opened_on) AS first_opened_days
    FROM '$facts/accounts.parquet' WHERE opened_on <= DATE '2026-11-24' GROUP BY customer_id
), uses AS (
    SELECT customer_id, count(DISTINCT product_id) AS products
    FROM (
        SELECT customer_id, product_id FROM '$facts/accounts.parquet'
        WHERE opened_on <= DATE '2026-11-24' AND coalesce(closed_on > DATE '2026-11-24', TRUE)
        UNION ALL
        SELECT customer_id, product_id FROM '$facts/contracts.parquet'
        WHERE opened_on <= DATE '2026-11-24' AND coalesce(closed_on > DATE '2026-11-24', TRUE)
            AND coalesce(ends_on >= DATE '2026-11-24', TRUE)
    ) GROUP BY customer_id
), happenings AS (
    SELECT
        customer_id,
        count(*) FILTER (WHERE kind = 'complaint' AND occurred_at >= DATE '2026-08-27') AS complaints_90d
    FROM '$facts/events.parquet' WHERE occurred_at < DATE '2026-11-25' GROUP BY customer_id
), consents AS (
    SELECT
        customer_id,
        coalesce(max(changed_at) FILTER (WHERE channel = 'phone' AND granted)
            > max(changed_at) FILTER (WHERE channel = 'phone' AND NOT granted),
            max(changed_at) FILTER (WHERE channel = 'phone' AND granted) IS NOT NULL) AS phone,
        coalesce(max(changed_at) FILTER (WHERE channel = 'wecom' AND granted)
            > max(changed_at) FILTER (WHERE channel = 'wecom' AND NOT granted),
            max(changed_at) FILTER (WHERE channel = 'wecom' AND granted) IS NOT NULL) AS wecom,
        coalesce(max(changed_at) FILTER (WHERE channel = 'sms' AND granted)
            > max(changed_at) FILTER (WHERE channel = 'sms' AND NOT granted),
            max(changed_at) FILTER (WHERE channel = 'sms' AND granted) IS NOT NULL) AS sms
    FROM '$facts/consents.parquet' WHERE changed_at < DATE '2026-11-25' GROUP BY customer_id
), born AS (
    SELECT
        *,
        CASE WHEN birth_calendar = 'solar' THEN birth_date END AS born_on,
        make_date(2026, month(born_on), least(day(born_on), CASE month(born_on) WHEN 2 THEN 28 ELSE 31 END)) AS birthday,
        make_date(2027, month(born_on), least(day(born_on), CASE month(born_on) WHEN 2 THEN 28 ELSE 31 END)) AS next_one
    FROM '$facts/customers.parquet' WHERE opened_on <= DATE '2026-11-24'
)
SELECT
    born.customer_id, DATE '2026-11-24' - opened_on AS tenure_days,
    CASE WHEN born_on <= DATE '2026-11-24'
        THEN 2026 - year(born_on) - CAST(birthday > DATE '2026-11-24' AS INTEGER) END AS age,
    risk_level, spending_power, channel, kind,
    CASE WHEN birthday >= DATE '2026-11-24' THEN birthday ELSE next_one END - DATE '2026-11-24' AS days_to_birthday,
    coalesce(open_accounts, 0) AS open_accounts, coalesce(products, 0) AS products, first_opened_days,
    coalesce(a.assets_fen, 0) AS assets_fen, assets_30d_fen, assets_90d_fen,
    coalesce(a.assets_fen, 0) - assets_30d_fen AS assets_change_30d_fen, assets_peak_180d_fen,
    days_since_transaction, coalesce(transactions_90d, 0) AS transactions_90d,
    coalesce(money.inflow_7d_fen, 0) AS inflow_7d_fen, coalesce(money.outflow_7d_fen, 0) AS outflow_7d_fen,
    coalesce(money.inflow_90d_fen, 0) AS inflow_90d_fen, coalesce(money.outflow_90d_fen, 0) AS outflow_90d_fen,
    coalesce(income_365d_fen, 0) AS income_365d_fen,
    days_since_contact, days_since_attempt, days_since_care, days_since_ask,
    coalesce(talks.contacts_30d, 0) AS contacts_30d, coalesce(contacts_365d, 0) AS contacts_365d,
    CASE (last_contact // 65536) % 16 WHEN 1 THEN 'done' WHEN 2 THEN 'interested' WHEN 3 THEN 'later' WHEN 4 THEN 'declined'
        WHEN 5 THEN 'unreached' WHEN 6 THEN 'complaint' END AS last_result,
    nullif(last_contact % 65536, 0) - (DATE '2026-11-24' - DATE '1970-01-01') AS days_to_callback,
    next_end_on, next_end_on - DATE '2026-11-24' AS days_to_end, ending.a AS ending_fen,
    CASE ending.p WHEN 'deposit' THEN 'cash' WHEN 'loan' THEN 'credit' WHEN 'advice' THEN 'invest' END
        AS ending_category,
    coalesce(terms.contracts, 0) AS contracts,
    coalesce(money.salary_60d_fen, 0) AS salary_60d_fen, coalesce(happenings.complaints_90d, 0) AS complaints_90d,
    coalesce(talks.minutes_365d, 0) AS minutes_365d,
    rm_id, phone, wecom, sms,
    CASE WHEN coalesce(a.assets_fen, 0) >= 50000000 THEN 'gold' WHEN coalesce(a.assets_fen, 0) >= 5000000 THEN 'silver'
        ELSE 'base' END AS tier,
    CASE WHEN DATE '2026-11-24' - opened_on < 90 THEN 'new'
        WHEN coalesce(days_since_transaction, 9999) > 60 THEN 'asleep'
        WHEN coalesce(a.assets_fen, 0) >= 50000000 AND products >= 2 THEN 'rich' ELSE 'active' END AS stage,
    CASE WHEN terms.contracts > 0 AND stage <> 'asleep' THEN 'saver'
        WHEN coalesce(money.outflow_90d_fen, 0) > coalesce(money.inflow_90d_fen, 0) THEN 'spender' ELSE 'other' END
        AS segment
FROM born
LEFT JOIN holdings USING (customer_id)
LEFT JOIN uses USING (customer_id)
LEFT JOIN assets AS a USING (customer_id)
LEFT JOIN money USING (customer_id)
LEFT JOIN talks USING (customer_id)
LEFT JOIN terms USING (customer_id)
LEFT JOIN happenings USING (customer_id)
LEFT JOIN owners USING (customer_id)
LEFT JOIN consents USING (customer_id);

CREATE TEMP MACRO rounded(x) AS CAST((CAST(x AS HUGEINT) + 500000) // 1000000 AS BIGINT);

CREATE TEMP TABLE triggered AS
SELECT 'birthday' AS playbook, 'care' AS purpose, 5 AS minutes, FALSE AS mandatory, 20000 AS worth_fen,
    50000 AS effect_ppm, 20 AS cool_down,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END AS channel,
    '{"days_to_birthday":' || days_to_birthday || ',"contacts_30d":' || contacts_30d || '}' AS inputs,
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE days_to_birthday <= 3
UNION ALL
SELECT 'maturity', 'ask', 15, FALSE, least(rounded(greatest(coalesce(ending_fen, 0), 0) * 8000::HUGEINT), 300000), 50000, 14,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END,
    '{"next_end_on":"' || next_end_on || '","ending_fen":' || ending_fen || ',"ending_category":"' || ending_category
        || '","contacts_30d":' || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE days_to_end BETWEEN 0 AND 14
UNION ALL
SELECT 'outflow', 'service', 20, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 14,
    CASE WHEN phone THEN 'phone' ELSE 'visit' END,
    '{"outflow_7d_fen":' || outflow_7d_fen || ',"tier":"' || tier || '","assets_fen":' || assets_fen
        || ',"contacts_30d":' || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE outflow_7d_fen > 1000000 AND tier <> 'base'
UNION ALL
SELECT 'wake', 'care', 8, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 14,
    CASE WHEN wecom THEN 'wecom' WHEN sms THEN 'sms' END,
    '{"days_since_transaction":' || coalesce(CAST(days_since_transaction AS VARCHAR), 'null') || ',"stage":"' || stage
        || '","assets_fen":' || assets_fen || ',"contacts_30d":' || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE stage = 'asleep'
UNION ALL
SELECT 'complaint', 'recovery', 25, TRUE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 7,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END,
    '{"complaints_90d":' || complaints_90d || ',"assets_fen":' || assets_fen || ',"contacts_30d":' || contacts_30d
        || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE complaints_90d > 0
UNION ALL
SELECT 'welcome', 'care', 12, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 14,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END,
    '{"tenure_days":' || tenure_days || ',"assets_fen":' || assets_fen || ',"contacts_30d":' || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE stage = 'new' AND coalesce(days_since_contact, 999) > 7
UNION ALL
SELECT 'drop', 'service', 15, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 14,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END,
    '{"assets_change_30d_fen":' || assets_change_30d_fen || ',"assets_fen":' || assets_fen || ',"contacts_30d":'
        || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE assets_change_30d_fen < -500000
UNION ALL
SELECT 'cross', 'ask', 15, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 20000, 14,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END,
    '{"products":' || products || ',"segment":"' || segment || '","assets_fen":' || assets_fen || ',"contacts_30d":'
        || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE products = 1 AND segment = 'saver'
UNION ALL
SELECT 'silent', 'care', 30, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 60, 'visit',
    '{"days_since_contact":' || days_since_contact || ',"assets_fen":' || assets_fen || ',"contacts_30d":'
        || contacts_30d || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE days_since_contact > 180 AND tier = 'gold'
UNION ALL
SELECT 'salary', 'ask', 10, FALSE, rounded(greatest(assets_fen, 0) * 1000::HUGEINT), 50000, 14,
    CASE WHEN phone THEN 'phone' WHEN wecom THEN 'wecom' END,
    '{"salary_60d_fen":' || salary_60d_fen || ',"assets_fen":' || assets_fen || ',"contacts_30d":' || contacts_30d
        || '}',
    customer_id, rm_id, open_accounts, days_since_attempt, contacts_30d
FROM situations WHERE salary_60d_fen > 0 AND contracts = 0;

CREATE TEMP TABLE candidates AS
SELECT
    customer_id, rm_id, playbook, channel, purpose, minutes, mandatory, worth_fen, effect_ppm,
    rounded(CAST(worth_fen AS HUGEINT) * effect_ppm) - 300 * contacts_30d AS benefit_fen,
    CASE WHEN rm_id IS NULL THEN 'no_owner' WHEN open_accounts = 0 THEN 'no_open_account'
        WHEN channel IS NULL THEN 'no_consent' WHEN tried < cool_down THEN 'cool_down'
        WHEN NOT mandatory AND days_since_attempt < 5 THEN 'contacted_lately'
        WHEN NOT mandatory AND benefit_fen <= 0 THEN 'no_gain' END AS barred,
    inputs, cool_down, tried
FROM triggered LEFT JOIN attempts USING (customer_id, playbook);

-- 'open': up to the minutes of the RM, which the day's fill decides.
CREATE TEMP TABLE states AS
WITH best AS (
    SELECT customer_id, arg_min(
        {barred: barred, playbook: playbook, minutes: minutes, benefit_fen: benefit_fen, worth_fen: worth_fen,
            effect_ppm: effect_ppm, cool_down: cool_down, tried: tried},
        {gate: CASE barred WHEN 'no_consent' THEN 7 WHEN 'cool_down' THEN 6 WHEN 'contacted_lately' THEN 5
            WHEN 'no_gain' THEN 4 ELSE 3 END, benefit: -benefit_fen, minutes: minutes, playbook: playbook}
    ) AS c
    FROM candidates WHERE barred IS NULL OR barred NOT IN ('no_owner', 'no_open_account') GROUP BY customer_id
)
SELECT
    customer_id, rm_id, tier, stage, segment, assets_fen, assets_30d_fen, days_since_contact,
    CASE WHEN rm_id IS NULL THEN 'no_owner' WHEN open_accounts = 0 THEN 'no_open_account'
        WHEN c IS NULL THEN 'no_trigger' ELSE coalesce(c.barred, 'open') END AS decision,
    CASE decision
        WHEN 'no_consent' THEN '{"playbook":"' || c.playbook || '"}'
        WHEN 'cool_down' THEN '{"playbook":"' || c.playbook || '","days":' || c.tried || ',"limit_days":'
            || c.cool_down || '}'
        WHEN 'contacted_lately' THEN '{"playbook":"' || c.playbook || '","days":' || days_since_attempt
            || ',"limit_days":5}'
        WHEN 'no_gain' THEN '{"playbook":"' || c.playbook || '","worth_fen":' || c.worth_fen || ',"effect_ppm":'
            || c.effect_ppm || ',"contacts_30d":' || contacts_30d || ',"benefit_fen":' || c.benefit_fen || '}'
        ELSE '{}' END AS decision_inputs
FROM situations LEFT JOIN best USING (customer_id)
UNION ALL
SELECT customer_id, rm_id, NULL, NULL, NULL, NULL, NULL, NULL, 'not_yet_customer', '{"opened_on":"' || opened_on || '"}'
FROM '$facts/customers.parquet' LEFT JOIN owners USING (customer_id) WHERE opened_on > DATE '2026-11-24';

COPY (SELECT * EXCLUDE (rm_id, phone, wecom, sms, tier, stage, segment)
    FROM situations) TO '$out/features.parquet';
COPY (SELECT * EXCLUDE (cool_down, tried) FROM candidates) TO '$out/candidates.parquet';
COPY states TO '$out/states.parquet';
