-- name: httptop_time
-- category: Application
-- about: HTTP requests by time
-- description: How long each URL's responses took, on average. Requests are found as httplog finds them.
-- differs: sysdig has one chisel with the argument time, and takes differences of times as doubles, which are 256 ns apart.
-- key: method
-- key: url
-- value: time time
-- top: 30
SELECT http_method AS method, http_url AS url, avg(http_latency) AS time
FROM http
GROUP BY http_method, http_url
