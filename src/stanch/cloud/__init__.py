"""Cloud sources: functions scanned where they run. The SDKs are imported here, and only when one is asked for.

| module | what it is for |
|---|---|
| `aws_lambda` | functions of AWS Lambda: environment, code, layers, all published versions |
| `azure_functions` | function apps of Azure: settings, connection strings, references to Key Vault, code |
| `packages` | a package of code, streamed to a file without a name and opened within bounds |
| `places` | what a place in a function is called, and where else the same content stands |
| `refusals` | what was not allowed, and what would allow it |
| `parameters` | values of an environment that are parameters of SSM too |
"""

from __future__ import annotations
