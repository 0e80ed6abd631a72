-- name: topcontainers_error
-- category: Errors
-- about: Containers by failed calls
-- description: Calls that failed, by container.
-- key: container_name
-- value: errors count sum
-- top: 100
SELECT container_name, count(*) AS errors
FROM events
WHERE evt_failed AND container_name <> 'host' AND container_name IS NOT NULL
GROUP BY container_name
