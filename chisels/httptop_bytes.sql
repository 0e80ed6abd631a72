-- name: httptop_bytes
-- category: Application
-- about: HTTP requests by bytes
-- description: Bytes of the responses to each URL, by their Content-Length. Requests are found as httplog finds them.
-- differs: sysdig has one chisel with the argument bytes; rows and values are the same.
-- key: method
-- key: url
-- value: bytes bytes sum
-- top: 30
SELECT http_method AS method, http_url AS url, sum(http_size) AS bytes
FROM http
GROUP BY http_method, http_url
