-- The lists in order: mandatory ones first, then by what a minute brings.
CREATE OR REPLACE TABLE worklist AS
SELECT
    customer_id, rm_id,
    row_number() OVER (
        PARTITION BY rm_id
        ORDER BY mandatory DESC, CAST(benefit_fen AS HUGEINT) * 1000000 // minutes DESC, benefit_fen DESC, customer_id
    ) AS position,
    playbook, channel, purpose, minutes, mandatory, worth_fen, effect_ppm, benefit_fen, inputs
FROM candidates
INNER JOIN chosen USING (customer_id, playbook);

-- `minute_price_fen`: what the last minutes of the day bring, each; a candidate of less benefit a minute waits.
-- `overruns`: customers with a mandatory contact for which the day was too short.
CREATE OR REPLACE TABLE rm_days AS
SELECT
    rm_id, rm_minutes.capacity AS minutes, coalesce(used, 0) AS used_minutes,
    coalesce(price, 0) AS minute_price_fen, coalesce(overruns, 0) AS overruns
FROM rm_minutes
LEFT JOIN filled USING (rm_id)
