# SPDX-License-Identifier: Apache-2.0
"""Databases as the first version left them: what later formats brought is taken out again."""
import sqlite3

LATER = {
    "history.db": ["DROP TABLE counts", "ALTER TABLE history DROP COLUMN owner",
                   "DROP INDEX history_sending",
                   "ALTER TABLE history DROP COLUMN sending_domain"],
    "accounts.db": ["DROP TABLE preferences", "DROP TABLE digests"],
}


def set_back(data, name):
    """The gateway of the data directory `data` is stopped."""
    database = sqlite3.connect(data / name)
    for change in LATER[name]:
        database.execute(change)
    database.execute("PRAGMA user_version = 1")
    database.commit()
    database.close()
