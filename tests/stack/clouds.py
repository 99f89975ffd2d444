"""
Buckets through plain SDKs and plain HTTP.

Whoever checks the mover must not be the mover: nothing here goes through the platform's adapters.
"""

from __future__ import annotations

from functools import cached_property
from urllib.parse import quote

import boto3
import httpx
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient
from botocore.config import Config
from botocore.exceptions import ClientError


class S3Bucket:
    """A bucket of any S3 server."""

    def __init__(self, url, access_key, secret_key, name):
        self.name = name
        self.client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                # The tests compare the bytes themselves, and moto labels a CRC32 as CRC64NVME after a copy.
                response_checksum_validation="when_required",
            ),
        )

    def make(self):
        self.client.create_bucket(Bucket=self.name)

    def put(self, key, data):
        self.client.put_object(Bucket=self.name, Key=key, Body=data, ContentType="text/plain")

    def get(self, key):
        """Return the bytes, or None when there is no such object."""
        try:
            return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def keys(self, prefix=""):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", ()))

    def storage_class(self, key):
        return self.client.head_object(Bucket=self.name, Key=key).get("StorageClass", "STANDARD")

    def delete(self, key):
        self.client.delete_object(Bucket=self.name, Key=key)


class AzureBucket:
    """A container of Azure Blob Storage."""

    def __init__(self, url, account, account_key, name):
        self.name = name
        self.client = ContainerClient(url, name, {"account_name": account, "account_key": account_key})

    def make(self):
        self.client.create_container()

    def put(self, key, data):
        self.client.upload_blob(key, data, overwrite=True)

    def get(self, key):
        """Return the bytes, or None when there is no such blob."""
        try:
            return self.client.download_blob(key).readall()
        except ResourceNotFoundError:
            return None

    def keys(self, prefix=""):
        return sorted(self.client.list_blob_names(name_starts_with=prefix))

    def storage_class(self, key):
        return str(self.client.get_blob_client(key).get_blob_properties().blob_tier)

    def delete(self, key):
        self.client.delete_blob(key)


class GcsBucket:
    """A bucket of Google Cloud Storage."""

    def __init__(self, url, project, name):
        self.name, self._url, self._project = name, url, project

    @cached_property
    def client(self):
        return httpx.Client(base_url=self._url, timeout=60)

    def make(self):
        query = {"project": self._project}
        self.client.post("/storage/v1/b", params=query, json={"name": self.name}).raise_for_status()

    def put(self, key, data):
        query = {"uploadType": "media", "name": key}
        headers = {"content-type": "text/plain"}
        path = f"/upload/storage/v1/b/{self.name}/o"
        self.client.post(path, params=query, content=data, headers=headers).raise_for_status()

    def get(self, key):
        """Return the bytes, or None when there is no such object."""
        answer = self.client.get(self._path(key), params={"alt": "media"})
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer.raise_for_status().content

    def keys(self, prefix=""):
        answer = self.client.get(f"/storage/v1/b/{self.name}/o", params={"prefix": prefix}).raise_for_status().json()
        return sorted(item["name"] for item in answer.get("items", ()))

    def storage_class(self, key):
        return self.client.get(self._path(key)).raise_for_status().json()["storageClass"]

    def delete(self, key):
        self.client.delete(self._path(key)).raise_for_status()

    def _path(self, key):
        return f"/storage/v1/b/{self.name}/o/{quote(key, safe='')}"
