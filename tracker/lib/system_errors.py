"""What the system says when it refuses something, with what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Mapping

_CURES: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "this user may not use more of the disk: free some space, or raise the quota",
    errno.EFBIG: "this user may not write files that large: raise the limit (ulimit -f, or LimitFSIZE=)",
    errno.EROFS: "this disk can only be read: choose another place, or mount it to be written",
    errno.EIO: "reading or writing the disk failed: check the disk (dmesg)",
    errno.EMFILE: "too many files are open in this process: raise the limit (ulimit -n, or LimitNOFILE=)",
    errno.ENFILE: "too many files are open on this machine: close other programs",
    errno.ENOMEM: "this machine has no memory left: close other programs",
    errno.EACCES: "this user may not do that there: check the owner and the mode of the file and its folder",
    errno.EPERM: "this user may not do that there: check the owner and the mode of the file and its folder",
    errno.ENOENT: "there is no such file or folder: check the name",
    errno.ENOTDIR: "a part of the path is a file, not a folder: check the name",
    errno.EISDIR: "it is a folder, not a file: check the name",
    errno.EEXIST: "it exists already: choose another name",
    errno.ENAMETOOLONG: "the name is too long: choose a shorter one",
    errno.ELOOP: "its symbolic links lead in a circle: remove one of them",
    errno.EADDRINUSE: "another program uses that port: choose another one",
}


def in_words(error: OSError) -> str:
    """Say what the system refused, and where; what it says itself, where there is nothing better."""
    return f"{error.filename}: {refusal(error)}" if error.filename else refusal(error)


def refusal(error: OSError) -> str:
    """Say the same without the place."""
    return _CURES.get(error.errno or 0) or error.strerror or "the system refused it"
