"""Prints the rows of a table in a database of the local AWS as JSON, as the user who reads: ENDPOINT ACCOUNT REGION SECRET CLUSTER TABLE."""

import json
import ssl
import sys
from datetime import datetime
from decimal import Decimal

import boto3
import pg8000.dbapi

endpoint, account, region, secret_name, cluster_name, table = sys.argv[1:]
session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="local", region_name=region)
secret = session.client("secretsmanager", endpoint_url=endpoint).get_secret_value(SecretId=secret_name)
login = json.loads(secret["SecretString"])
clusters = session.client("rds", endpoint_url=endpoint).describe_db_clusters(DBClusterIdentifier=cluster_name)
[cluster] = clusters["DBClusters"]
# Whom to trust is tested elsewhere; here a second pair of eyes reads what is there.
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
connection = pg8000.dbapi.connect(
    user=login["username"],
    password=login["password"],
    host=cluster["Endpoint"],
    port=cluster["Port"],
    database=cluster["DatabaseName"],
    ssl_context=context,
)
cursor = connection.cursor()
cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
names = [column[0] for column in cursor.description]


def text(value: object) -> object:
    """As Athena writes it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return str(value) if isinstance(value, Decimal) else value


print(json.dumps([{name: text(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]))
