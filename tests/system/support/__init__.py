# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: the real binary, a scripted client, a scripted internal server."""
from .browser import CSP, Browser, hidden, raw
from .certificate import make_certificate
from .client import Client
from .gateway import Gateway, free_port
from .messages import added_fields, compose, difference
from .name_server import NameServer
from .run import Case, ask, main, options, skip, wait_until
from .server import CLOSE, HANG, LOSE_REPLY, RESET, InternalServer

__all__ = ["Browser", "CSP", "Case", "Client", "CLOSE", "Gateway", "HANG", "InternalServer",
           "LOSE_REPLY", "NameServer", "RESET", "added_fields", "ask", "compose", "difference",
           "free_port", "hidden", "main", "make_certificate", "options", "raw", "skip",
           "wait_until"]
