"""How much room the disks have that our data are on."""

import shutil

from yizhan.store.home import blob_url, home


def free_bytes() -> int:
    """Of the home's disk, and of the blobs' if those are in a folder: the smaller one; S3 and PostgreSQL do not say."""
    folders = [home(), *([home() / "blobs"] if blob_url() is None else [])]
    return min(shutil.disk_usage(folder).free for folder in folders if folder.exists())
