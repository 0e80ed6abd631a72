-- name: lscontainers
-- category: System State
-- about: Containers when the capture began
-- description: Those that the capturing tool had described by the first event, whether they run anything or not.
-- top: 0
SELECT container_type, container_image, container_name, container_id
FROM containers
ORDER BY container_id
