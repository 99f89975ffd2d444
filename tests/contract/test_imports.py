import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "vendors"),
    [
        ("cloudflow_lib.adapters.stores", "boto3 azure google.cloud obstore"),
        ("cloudflow_lib.adapters.stores.build", "boto3 azure google.cloud obstore"),
        ("cloudflow_lib.adapters.stores.s3", "azure google.cloud"),
        ("cloudflow_lib.adapters.stores.azure_blob", "boto3 google.cloud"),
        ("cloudflow_lib.adapters.stores.gcs", "boto3 azure"),
    ],
)
def test_an_adapter_loads_its_own_sdk_only(module, vendors):
    code = f"import sys, {module}; print([name for name in {vendors.split()!r} if name in sys.modules])"

    assert "[]\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
