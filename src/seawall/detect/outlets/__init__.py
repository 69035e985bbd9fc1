"""Where notices of findings go: a webhook, a file, a syslog server. Each is one class with `name` and `send`.

To add one: a file with such a class, and its option in `cli/watch.py`.
"""

from seawall.detect.outlets.courier import Courier
from seawall.detect.outlets.file import File
from seawall.detect.outlets.outlet import Outlet, Undelivered
from seawall.detect.outlets.syslog import Syslog
from seawall.detect.outlets.webhook import Webhook

__all__ = ["Courier", "File", "Outlet", "Syslog", "Undelivered", "Webhook"]
