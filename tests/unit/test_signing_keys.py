"""What signs requests signs as the SDKs do, and does not show itself: a log may hold any of these objects."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore
from cloudflow_lib.adapters.stores.azure_signing import AzureAddress
from cloudflow_lib.adapters.stores.s3_signing import EMPTY_SHA256, S3Address, S3Keys
from cloudflow_lib.errors import StoreUnavailableError


def test_keys_of_s3_do_not_show_themselves():
    keys = S3Keys(access_key_id="AKIA", secret_access_key="very secret", session_token="token of an hour")
    shown = repr(S3Address.of("b", None, "us-east-1", keys))

    assert "AKIA" in shown
    assert "very secret" not in shown
    assert "token of an hour" not in shown


def test_keys_of_azure_do_not_show_themselves():
    address = AzureAddress.of("b", "acc", account_key="c2VjcmV0", sas="sig=of%20a%20month", endpoint_url=None)
    shown = repr(address)

    assert "acc" in shown
    assert "secret" not in shown
    assert "sig=" not in shown


def test_a_refusal_does_not_show_the_sas():
    """Its text stands in logs, in the catalogue, and before people who do not own the credential."""
    store = AzureBlobStore(
        container="b", account="acc", sas="sv=2024&sig=TOPSECRET", endpoint_url="http://127.0.0.1:9/acc", attempts=1
    )

    for ask in (lambda: store.stat("a key"), lambda: list(store.list_pages())):
        with pytest.raises(StoreUnavailableError) as refused:
            ask()
        assert "127.0.0.1" in str(refused.value)
        assert "TOPSECRET" not in str(refused.value)


@pytest.mark.parametrize("value", ['attachment; filename="a report.pdf"', 'attachment; filename="a   report.pdf"'])
def test_header_values_are_signed_for_s3_as_botocore_does(value):
    keys = S3Keys(access_key_id="AKIA", secret_access_key="very secret", session_token=None)
    now = datetime.now(UTC)
    ours = S3Address.of("b", "http://127.0.0.1:9", "us-east-1", keys).signed(
        "/b/key", "", now, more={"content-disposition": value}
    )
    theirs = AWSRequest("GET", "http://127.0.0.1:9/b/key", headers={"content-disposition": value})
    theirs.headers["X-Amz-Content-SHA256"] = EMPTY_SHA256
    theirs.headers["X-Amz-Date"] = theirs.context["timestamp"] = ours["x-amz-date"]
    sdk = SigV4Auth(Credentials("AKIA", "very secret"), "s3", "us-east-1")
    theirs.context["payload_signing_enabled"] = False
    canonical = sdk.canonical_headers(sdk.headers_to_sign(theirs))

    assert f"content-disposition:{' '.join(value.split())}" in canonical
    to_sign = sdk.string_to_sign(theirs, _canonical(theirs, canonical, sdk))
    assert ours["authorization"].endswith(f"Signature={sdk.signature(to_sign, theirs)}")


def _canonical(request, headers, sdk):
    names = sdk.signed_headers(sdk.headers_to_sign(request))
    return f"GET\n/b/key\n\n{headers}\n\n{names}\n{EMPTY_SHA256}"


def test_headers_are_signed_for_azure_in_the_order_of_its_sdk():
    """Azure sorts them otherwise than ASCII does: an underscore comes before digits, a hyphen counts for nothing."""
    draw = random.Random(1)
    address = AzureAddress.of("b", "acc", account_key="c2VjcmV0", sas=None, endpoint_url="http://127.0.0.1:9/acc")
    sdk = SharedKeyCredentialPolicy("acc", "c2VjcmV0")
    for _ in range(300):
        names = {"".join(draw.choices("ab_1", k=draw.randint(1, 6))) for _ in range(4)}
        target, headers = address.signed("PUT", "key", {f"x-ms-meta-{name}": "v" for name in names}, size_bytes=3)
        sent = {name: value for name, value in headers.items() if name not in {"authorization", "user-agent"}}
        request = SimpleNamespace(
            http_request=SimpleNamespace(
                method="PUT", url=f"http://127.0.0.1:9{target}", headers={**sent}, query={}, body=None
            ),
            context=SimpleNamespace(transport=None),
        )
        sdk.on_request(request)

        assert request.http_request.headers["Authorization"] == headers["authorization"]
