-- name: errors
-- category: Errors
-- about: Failed calls by error
-- description: How often each error came, and of which calls; the view of csysdig by error, with the call.
-- key: evt_res
-- key: evt_type
-- value: errors count sum
-- top: 30
SELECT evt_res, evt_type, count(*) AS errors
FROM events
WHERE evt_failed
GROUP BY evt_res, evt_type
