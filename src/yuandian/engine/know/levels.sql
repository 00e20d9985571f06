-- Features with the customer's tier, stage and segment: of each the first whose condition holds.
CREATE OR REPLACE TABLE situations AS
SELECT *, CASE $segments END AS segment
FROM (
    SELECT *, CASE $stages END AS stage
    FROM (
        SELECT *, CASE $tiers END AS tier
        FROM ($features) AS features
    ) AS tiered
) AS staged;

CREATE OR REPLACE VIEW features AS
SELECT $columns FROM situations
