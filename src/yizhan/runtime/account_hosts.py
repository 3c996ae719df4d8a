"""`python -m yizhan.runtime.account_hosts`: every account and its servers, as JSON, for those who run no Django."""

import importlib
import json
import sys

from yizhan.runtime.boot import boot

if __name__ == "__main__":
    boot()
    accounts = importlib.import_module("yizhan.store.accounts").list_for_engine()
    json.dump([[each.address, each.imap_host, each.smtp_host] for each in accounts], sys.stdout)
