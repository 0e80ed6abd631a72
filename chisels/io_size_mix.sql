-- name: io_size_mix
-- category: Compare
-- about: How large reads and writes are
-- description: Calls by kind and by how much they moved, to the power of two. Many small ones for the same bytes
--   are a worker that lost its buffer: in our recording, reads of 1 KiB took the place of 16 KiB.
-- key: evt_type
-- key: bytes_up_to
-- value: calls count sum
-- value: bytes bytes sum
-- value: time time sum
-- top: 40
SELECT evt_type, bytes_up_to, count(*) AS calls, sum(moved) AS bytes, sum(evt_latency) AS time
FROM (
  SELECT evt_type, evt_latency, evt_rawres AS moved,
    CASE WHEN evt_rawres <= 64 THEN 64
      WHEN evt_rawres <= 256 THEN 256
      WHEN evt_rawres <= 1024 THEN 1024
      WHEN evt_rawres <= 4096 THEN 4096
      WHEN evt_rawres <= 16384 THEN 16384
      WHEN evt_rawres <= 65536 THEN 65536
      WHEN evt_rawres <= 262144 THEN 262144
      WHEN evt_rawres <= 1048576 THEN 1048576
      ELSE 1073741824 END AS bytes_up_to
  FROM calls
  WHERE evt_is_io AND evt_rawres >= 0
) AS sized
GROUP BY evt_type, bytes_up_to
