-- name: topscalls
-- category: Performance
-- about: System calls by number of events
-- description: Enters and exits both count, as in sysdig: a finished call is two events. analyze topscalls counts calls.
-- key: evt_type
-- value: events count sum
-- top: 30
SELECT evt_type, count(*) AS events
FROM events
WHERE evt_type <> 'switch' AND evt_type IS NOT NULL
GROUP BY evt_type
