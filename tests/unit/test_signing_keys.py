"""What signs requests does not show itself: a log or a traceback may hold any of these objects."""

from __future__ import annotations

from cloudflow_lib.adapters.stores.azure_signing import AzureAddress
from cloudflow_lib.adapters.stores.s3_signing import S3Address, S3Keys


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
