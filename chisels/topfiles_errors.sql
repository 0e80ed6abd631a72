-- name: topfiles_errors
-- category: Errors
-- about: Files by failed calls
-- description: Calls on open files that failed. Opens that fail have no file yet and are not among them: see enoent_storm.
-- key: fd_name
-- value: errors count sum
-- top: 100
SELECT fd_name, count(*) AS errors
FROM events
WHERE fd_type = 'file' AND evt_failed AND fd_name IS NOT NULL
GROUP BY fd_name
