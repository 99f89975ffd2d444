"""Answers as the real services write them."""

from __future__ import annotations

import json

from werkzeug import Response

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


def answer(status=200, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = Response(body, status=status)
    response.headers.update({"Date": DATE, "Last-Modified": DATE, **named})  # a length that lies, too
    return response


def s3_error(status, code, **headers):
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>because</Message></Error>"
    return answer(status, body, Content_Type="application/xml", **headers)


def s3_head(etag="v1", size=5, **headers):
    return answer(Content_Length=str(size), ETag=f'"{etag}"', Content_Type="text/plain", **headers)


def s3_xml(name, **fields):
    inner = "".join(f"<{field}>{value}</{field}>" for field, value in fields.items())
    return answer(200, f"<{name}>{inner}</{name}>", Content_Type="application/xml")


def s3_tags(**tags):
    inner = "".join(f"<Tag><Key>{name}</Key><Value>{value}</Value></Tag>" for name, value in tags.items())
    return answer(200, f"<Tagging><TagSet>{inner}</TagSet></Tagging>", Content_Type="application/xml")


def azure_error(status, code, **headers):
    body = f"<?xml version='1.0' encoding='utf-8'?><Error><Code>{code}</Code><Message>because</Message></Error>"
    return answer(status, body, Content_Type="application/xml", x_ms_error_code=code, **headers)


def azure_head(etag="v1", size=5, **headers):
    known = {"x-ms-blob-type": "BlockBlob", "x-ms-access-tier": "Hot", "Content-Type": "text/plain"}
    return answer(Content_Length=str(size), ETag=f'"{etag}"', **known | headers)


def azure_blocks(*, committed=(), uncommitted=()):
    def lines(blocks):
        return "".join(f"<Block><Name>{name}</Name><Size>{size}</Size></Block>" for name, size in blocks)

    body = (
        f"<?xml version='1.0' encoding='utf-8'?><BlockList><CommittedBlocks>{lines(committed)}</CommittedBlocks>"
        f"<UncommittedBlocks>{lines(uncommitted)}</UncommittedBlocks></BlockList>"
    )
    return answer(200, body, Content_Type="application/xml")


def gcs_error(status, reason="because", message="because", **headers):
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return answer(status, json.dumps({"error": error}), Content_Type="application/json", **headers)


def gcs_json(**fields):
    return answer(200, json.dumps(fields), Content_Type="application/json")


def gcs_object(name="file", generation="7", size=5, **fields):
    known = {"bucket": "b", "storageClass": "STANDARD", "updated": "2026-11-23T12:00:00Z", "contentType": "text/plain"}
    return gcs_json(name=name, generation=generation, size=str(size), **known | fields)
