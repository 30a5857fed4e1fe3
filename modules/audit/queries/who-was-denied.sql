-- Who was refused what, most often first?
SELECT account, useridentity.arn AS who, eventsource, eventname, errorcode, count(*) AS refusals, max(eventtime) AS latest
FROM trail
WHERE day >= '2026/01/01'
  AND errorcode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation', 'UnauthorizedOperation')
GROUP BY account, useridentity.arn, eventsource, eventname, errorcode
ORDER BY refusals DESC
