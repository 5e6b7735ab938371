"""Releases side by side: built on one computer, installed on many, switched by one rename.

    /opt/parlor/releases/<version>-<lock8>/venv/           one release, whole; never changed again
    /opt/parlor/releases/<version>-<lock8>/release.json    written last: without it it is no release
    /opt/parlor/current      -> the release that runs
    /opt/parlor/last-good    -> the last one that proved healthy
    /opt/parlor/trial        there while `current` has not proved healthy yet
    /opt/parlor/history.jsonl  what was installed, switched, rolled back, and why

Wherever the power goes, `current` names a whole release, and `trial` says whether to trust it.
Nothing but the standard library is needed, so that the wheel itself can install the first release:

    PYTHONPATH=parlor_speaker-0.1.0-py3-none-any.whl python3 -m device.releases install BUNDLE

A release is code. Models, configuration and state are not in it and stay as they are. State has no
version of its own: a release may add fields and names and never changes what one means, and the
one before passes over those that it does not know. What no release can bring back is a broken
kernel, Debian package or Python.
"""
