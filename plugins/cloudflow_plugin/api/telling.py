"""The API server tells the rest of the platform how it does, once a minute."""

from __future__ import annotations

import atexit
import threading

from cloudflow_lib import bootstrap
from cloudflow_lib.workflows.measure_process import Recorder, process_name, tell_forever
from cloudflow_plugin.api.metering import Meters


def begin_telling(meters: Meters) -> Recorder:
    """Start telling; the thread ends with the process."""
    services = bootstrap.services()
    recorder, stop = Recorder(process_name("api"), services.clock), threading.Event()
    services.catalog.listen(meters.count_question)
    publisher = bootstrap.build_publisher(bootstrap.settings())
    threading.Thread(target=tell_forever, args=(recorder, publisher, stop), name="measuring", daemon=True).start()
    atexit.register(stop.set)
    return recorder
