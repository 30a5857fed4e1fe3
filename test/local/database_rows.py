"""Prints the rows of a table in a database of the local AWS as JSON, as the user who reads: ENDPOINT ACCOUNT REGION ROLE SECRET CLUSTER TABLE."""

import json
import ssl
import sys
import urllib.request
from datetime import datetime
from decimal import Decimal
from typing import Any

import boto3
import pg8000.dbapi

endpoint, account, region, role, secret_name, cluster_name, table = sys.argv[1:]


def client(service: str, key: str, secret: str, token: str | None = None) -> Any:
    """A client of the local AWS."""
    session = boto3.Session(key, secret, token, region)
    return session.client(service, endpoint_url=endpoint)


# The password is for machines alone: the root of the account may not read it either.
request = {"role": role, "service": "ec2.amazonaws.com", "source": f"arn:aws:ec2:{region}:{account}:instance/i-0"}
with urllib.request.urlopen(f"{endpoint}/_lake/sessions", json.dumps(request).encode()) as answer:
    machine = json.load(answer)
secrets = client("secretsmanager", machine["accessKeyId"], machine["secretAccessKey"], machine["sessionToken"])
login = json.loads(secrets.get_secret_value(SecretId=secret_name)["SecretString"])
clusters = client("rds", account, "local").describe_db_clusters(DBClusterIdentifier=cluster_name)
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
