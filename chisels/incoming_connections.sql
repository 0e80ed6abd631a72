-- name: incoming_connections
-- category: Net
-- about: Connections that were accepted, in order of time
-- description: Every accept that succeeded, with both ends.
-- top: 0
SELECT evt_time, proc_name, fd_name
FROM events
WHERE evt_type IN ('accept', 'accept4') AND evt_dir = '<' AND NOT evt_failed
ORDER BY evt_num
