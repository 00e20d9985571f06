-- One row a customer: the columns of `engine.tables.FEATURES`, those that the pack declares (`..._declared`), and
-- with an underscore what decide needs beside them. Every source is read and grouped once.
-- The day `from_N` is the first of the N days that end with the day of the run; `ago_N` lies N days before it.
SELECT
    customers.customer_id,
    date_diff('day', customers.opened_on, $as_of) AS tenure_days,
    CASE WHEN solar_birth <= $as_of
        THEN $year - year(solar_birth) - CASE WHEN birthday > $as_of THEN 1 ELSE 0 END
    END AS age,
    customers.risk_level,
    customers.spending_power,
    customers.channel,
    customers.kind,
    date_diff('day', $as_of, CASE WHEN birthday >= $as_of THEN birthday ELSE next_birthday END)
        AS days_to_birthday,
    coalesce(accounts.open_accounts, 0) AS open_accounts,
    coalesce(uses.products, 0) AS products,
    accounts.first_opened_days,
    coalesce(assets.assets_fen, 0) AS assets_fen,
    assets.assets_30d_fen,
    assets.assets_90d_fen,
    coalesce(assets.assets_fen, 0) - assets.assets_30d_fen AS assets_change_30d_fen,
    assets.assets_peak_180d_fen,
    customer_days.days_since_transaction,
    coalesce(customer_days.transactions_90d, 0) AS transactions_90d,
    coalesce(customer_days.inflow_7d_fen, 0) AS inflow_7d_fen,
    coalesce(customer_days.outflow_7d_fen, 0) AS outflow_7d_fen,
    coalesce(customer_days.inflow_90d_fen, 0) AS inflow_90d_fen,
    coalesce(customer_days.outflow_90d_fen, 0) AS outflow_90d_fen,
    coalesce(customer_days.income_365d_fen, 0) AS income_365d_fen,
    interactions.days_since_contact,
    interactions.days_since_attempt,
    interactions.days_since_care,
    interactions.days_since_ask,
    coalesce(interactions.contacts_30d, 0) AS contacts_30d,
    coalesce(interactions.contacts_365d, 0) AS contacts_365d,
    CASE (interactions.last_contact // 65536) % 16 $result_names END AS last_result,
    nullif(interactions.last_contact % 65536, 0) - date_diff('day', DATE '1970-01-01', $as_of) AS days_to_callback,
    contracts.next_end_on,
    date_diff('day', $as_of, contracts.next_end_on) AS days_to_end,
    contracts.next_end.amount_fen AS ending_fen,
    CASE contracts.next_end.product_id $categories END AS ending_category,
    coalesce(contracts.contracts, 0) AS contracts,
    $declared
    owners.rm_id AS _rm_id,
    $consented

FROM (
    -- A birthday of 29 February falls on the 28th in a common year. Lunar birthdays are left out.
    SELECT
        *,
        make_date($year, month(solar_birth), CASE WHEN month(solar_birth) = 2
            THEN least(day(solar_birth), $february) ELSE day(solar_birth) END) AS birthday,
        make_date($year + 1, month(solar_birth), CASE WHEN month(solar_birth) = 2
            THEN least(day(solar_birth), $next_february) ELSE day(solar_birth) END) AS next_birthday
    FROM (
        SELECT *, CASE WHEN coalesce(birth_calendar, 'solar') = 'solar' THEN birth_date END AS solar_birth
        FROM known_customers
    ) AS born
) AS customers

LEFT JOIN (
    SELECT
        customer_id,
        count(*) FILTER (WHERE closed_on IS NULL) AS open_accounts,
        date_diff('day', min(opened_on), $as_of) AS first_opened_days
        $accounts_declared
    FROM known_accounts
    GROUP BY customer_id
) AS accounts ON accounts.customer_id = customers.customer_id

LEFT JOIN (
    SELECT customer_id, count(*) AS products
    FROM (
        SELECT customer_id, product_id FROM known_accounts WHERE closed_on IS NULL
        UNION
        SELECT customer_id, product_id FROM known_contracts WHERE running
    ) AS used
    GROUP BY customer_id
) AS uses ON uses.customer_id = customers.customer_id

LEFT JOIN (
    SELECT
        customer_id,
        CAST(sum(now_fen) FILTER (WHERE closed_on IS NULL) AS BIGINT) AS assets_fen,
        CAST(sum(then_30_fen) FILTER (WHERE closed_on IS NULL OR closed_on > $ago_30) AS BIGINT) AS assets_30d_fen,
        CAST(sum(then_90_fen) FILTER (WHERE closed_on IS NULL OR closed_on > $ago_90) AS BIGINT) AS assets_90d_fen,
        max(greatest(
            highest_fen, CASE WHEN closed_on IS NULL OR closed_on > $from_180 THEN carried_fen END
        )) AS assets_peak_180d_fen
    FROM (
        -- One row an account. The balance carried into the 180 days counts on their first day.
        SELECT
            customer_id, account_id,
            arg_max(amount_fen, date) AS now_fen,
            arg_max(amount_fen, date) FILTER (WHERE date <= $ago_30) AS then_30_fen,
            arg_max(amount_fen, date) FILTER (WHERE date <= $ago_90) AS then_90_fen,
            arg_max(amount_fen, date) FILTER (WHERE date <= $from_180) AS carried_fen,
            max(amount_fen) FILTER (WHERE date > $from_180) AS highest_fen
        FROM known_balances
        GROUP BY customer_id, account_id
    ) AS held
    INNER JOIN (SELECT account_id, closed_on FROM known_accounts) AS account
        ON account.account_id = held.account_id
    GROUP BY customer_id
) AS assets ON assets.customer_id = customers.customer_id

LEFT JOIN (
    SELECT
        customer_id,
        date_diff('day', max(date), $as_of) AS days_since_transaction,
        CAST(sum(transactions) FILTER (WHERE date >= $from_90) AS BIGINT) AS transactions_90d,
        CAST(sum(inflow_fen) FILTER (WHERE date >= $from_7) AS BIGINT) AS inflow_7d_fen,
        CAST(sum(outflow_fen) FILTER (WHERE date >= $from_7) AS BIGINT) AS outflow_7d_fen,
        CAST(sum(inflow_fen) FILTER (WHERE date >= $from_90) AS BIGINT) AS inflow_90d_fen,
        CAST(sum(outflow_fen) FILTER (WHERE date >= $from_90) AS BIGINT) AS outflow_90d_fen,
        CAST(sum(income_fen) FILTER (WHERE date >= $from_365) AS BIGINT) AS income_365d_fen
        $customer_days_declared
    FROM known_flows
    GROUP BY customer_id
) AS customer_days ON customer_days.customer_id = customers.customer_id

LEFT JOIN (
    SELECT
        customer_id,
        date_diff('day', max(occurred_at) FILTER (WHERE contact), $as_of) AS days_since_contact,
        date_diff('day', max(occurred_at) FILTER (WHERE ours), $as_of) AS days_since_attempt,
        date_diff('day', max(occurred_at) FILTER (WHERE contact AND purpose = 'care'), $as_of) AS days_since_care,
        date_diff('day', max(occurred_at) FILTER (WHERE contact AND purpose = 'ask'), $as_of) AS days_since_ask,
        count(*) FILTER (WHERE our_contact AND occurred_at >= $from_30) AS contacts_30d,
        count(*) FILTER (WHERE our_contact AND occurred_at >= $from_365) AS contacts_365d,
        -- Moment, number of the result and day of the promise in one figure: half the price of arg_max, and two
        -- contacts at one moment cannot make it waver.
        max(
            epoch_ms(moment) * 1048576
            + CASE result $result_numbers ELSE 0 END * 65536
            + coalesce(least(greatest(date_diff('day', DATE '1970-01-01', callback_on), 0), 65535), 0)
        ) FILTER (WHERE contact) AS last_contact
        $interactions_declared
    FROM known_interactions
    GROUP BY customer_id
) AS interactions ON interactions.customer_id = customers.customer_id

LEFT JOIN (
    -- The next contract to end; of several on one day the largest.
    SELECT
        customer_id,
        count(*) FILTER (WHERE running) AS contracts,
        min(ends_on) FILTER (WHERE running) AS next_end_on,
        arg_min(
            {'amount_fen': amount_fen, 'product_id': product_id},
            {'ends_on': ends_on, 'less_fen': -coalesce(amount_fen, 0), 'contract_id': contract_id}
        ) FILTER (WHERE running AND ends_on IS NOT NULL) AS next_end
        $contracts_declared
    FROM known_contracts
    GROUP BY customer_id
) AS contracts ON contracts.customer_id = customers.customer_id

LEFT JOIN (
    SELECT customer_id $events_declared
    FROM known_events
    GROUP BY customer_id
) AS events ON events.customer_id = customers.customer_id

LEFT JOIN owners ON owners.customer_id = customers.customer_id
LEFT JOIN known_consents AS consents ON consents.customer_id = customers.customer_id
