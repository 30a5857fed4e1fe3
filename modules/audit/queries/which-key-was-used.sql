-- Which key was used by whom, through which service?
SELECT resources[1].arn AS key_arn, useridentity.arn AS who, useridentity.invokedby AS through, eventname, count(*) AS uses, max(eventtime) AS latest
FROM trail
WHERE day >= '2026/01/01'
  AND eventsource = 'kms.amazonaws.com'
  AND eventname IN ('Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncrypt')
GROUP BY resources[1].arn, useridentity.arn, useridentity.invokedby, eventname
ORDER BY uses DESC
