-- name: httplog
-- category: Application
-- about: HTTP requests, one by one
-- description: Each request with its status and how long the response took, in order of the responses; http_dir is < where the
--   request was read (a server) and > where it was written (a client). Requests are found in the data of reads and writes, so
--   only as far as that was captured (sysdig keeps 80 bytes unless told otherwise by -s), and not where it is encrypted.
-- differs: sysdig prints whole milliseconds; here latencies are in ns.
-- top: 0
SELECT evt_time, http_dir, http_method, http_url, http_status, http_latency, http_size
FROM http
ORDER BY evt_num
