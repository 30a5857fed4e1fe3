"""The authorities by which certificates of databases are trusted, where drivers find them."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from ..errors import ArgumentsError

#: In the working directory.
FILE = "rds-ca.pem"
#: Of key stores that hold nothing secret.
PASSWORD = "changeit"


def distribute(spark: SparkSession, engine: str, file: str = FILE) -> str:
    """Brings the file of authorities to all executors; gives the name that it has there and here.

    Raises ArgumentsError when the job was started without it.
    """
    if not Path(file).exists():
        raise ArgumentsError(f"{file} is not in the working directory: give it to the job as a file")
    # Glue brings files to the driver program's node only.
    spark.sparkContext.addFile(file)
    if engine == "mysql":
        spark.sparkContext.addFile(_key_store(spark, file))
    return file


def _key_store(spark: SparkSession, file: str) -> str:
    """The same authorities in a form that MySQL's own driver reads."""
    jvm = spark.sparkContext._jvm
    # Texts of the JVM become Python's, and so never arrays of characters; what a writer holds does.
    writer = jvm.java.io.CharArrayWriter()
    writer.write(PASSWORD)
    password = writer.toCharArray()
    store = jvm.java.security.KeyStore.getInstance("PKCS12")
    store.load(None, password)
    source = jvm.java.io.FileInputStream(str(Path(file).resolve()))
    try:
        certificates = jvm.java.security.cert.CertificateFactory.getInstance("X.509").generateCertificates(source)
    finally:
        source.close()
    for number, certificate in enumerate(certificates.iterator()):
        store.setCertificateEntry(f"authority-{number}", certificate)
    path = f"{file}.p12"
    target = jvm.java.io.FileOutputStream(str(Path(path).resolve()))
    try:
        store.store(target, password)
    finally:
        target.close()
    return path
