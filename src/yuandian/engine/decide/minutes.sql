-- Minutes that every RM has for customers on the day: none before the first day and after the last.
CREATE OR REPLACE VIEW rm_minutes AS
SELECT
    rm_id,
    CASE WHEN rms.hired_on > $as_of OR rms.left_on <= $as_of THEN 0
        ELSE greatest(0, least(1440, coalesce(rms.minutes_per_day, $minutes_per_day)))
    END AS capacity
FROM (
    SELECT rm_id FROM rms
    UNION
    SELECT rm_id FROM owners
) AS everyone
LEFT JOIN rms USING (rm_id)
