"""The texts of the unit files. Pure. `systemd/` in the repository holds the same texts, for who installs by hand."""

from __future__ import annotations

import hashlib
import shlex

from tracker import __version__

COMMAND = "/opt/tracker/bin/tracker"
"""The command in the texts of the repository."""

KEPT_BACKUPS = 14
"""Copies that the timer keeps: two weeks of one a day."""

SEAL = "# Written by tracker "
"""Begins the last line of an installed unit: the version, and a hash of all above it, which tells who wrote it last."""

CONFINED = """\
# Nothing but the network, the state folder and the journal. The user is one of its own, and a lasting one: a command by
# hand (`sudo -u tracker tracker add …`) must reach the same files. With DynamicUser= nobody but root could, and the
# files of root would lock the daemon out. The config and the keys are that user's too, and not credentials of
# systemd (LoadCredential=): those are read once, at the start, so a reload would find the old ones.
User={user}
StateDirectory={state}
StateDirectoryMode=0700
UMask=0077
# A core dump would hold the keys.
LimitCORE=0
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
PrivateDevices=yes
PrivateIPC=yes
PrivateMounts=yes
PrivateTmp=yes
PrivateUsers=yes
DevicePolicy=closed
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
"""

DAEMON = """\
# The daemon as a service. `tracker service install` writes this file and all that it needs.
#
# Put changes into a drop-in, with `systemctl edit tracker{example}`: it stays when tracker is upgraded. A database
# that is not in {state_path} needs one that names its folder: ReadWritePaths=/srv/orders.

[Unit]
Description=tracker{of}: places, follows and watches orders at service panels
# Orders need the network. A clock that jumps far ahead after the start would upset schedules and certificates.
Wants=network-online.target time-sync.target
After=network-online.target time-sync.target
# A daemon cannot report its own death. A wrong config is reported at once, a crash that repeats after twenty restarts
# within half an hour, when systemd gives up.
OnFailure=tracker-died{at}.service
StartLimitIntervalSec=1800
StartLimitBurst=20

[Service]
Type=notify
NotifyAccess=main
ExecStart={command} --config {config} run
ExecReload=kill -HUP $MAINPID

# An `add` in flight is finished and recorded before the daemon stops; one that is cut off leaves an order of
# which nobody knows whether it was paid. So both limits are above `add_timeout` (120 s unless the config says
# otherwise): raise them with it.
TimeoutStopSec=180
WatchdogSec=180
# SIGTERM to the daemon alone; what it may have started is killed only after that.
KillMode=mixed
# A first start after an upgrade may have to migrate a large database.
TimeoutStartSec=300

Restart=on-failure
RestartSec=10
# 78 is a wrong config: another start would find the same faults.
RestartPreventExitStatus=78

{confined}
[Install]
WantedBy=multi-user.target
"""

DIED = """\
# Notifies every alert target that tracker{at}.service failed and stays down, which starts it through OnFailure=.
# Keep its user and its folders as they are there.

[Unit]
Description=Notifies that tracker{of} died
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command} --config {config} alerts died --why "systemd says: ${{MONITOR_SERVICE_RESULT}}"
TimeoutStartSec=120

{confined}"""

BACKUP = """\
# Copies the database while the daemon runs, and keeps the newest copies. The timer of this name starts it.
# A copy on the same disk does not survive that disk: take the folder along in the backup of the machine.

[Unit]
Description=Copies the database of tracker{of}
# The database may be on another machine.
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command} --config {config} backup --keep {kept} {backups}
TimeoutStartSec=3600
Nice=10
IOSchedulingClass=idle

{confined}"""

TIMER = """\
# Starts tracker-backup{at}.service each night, or after the start of a machine that was off then.

[Unit]
Description=Copies the database of tracker{of} each day

[Timer]
OnCalendar=*-*-* 03:30
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target
"""

FILES = {
    "tracker{at}.service": DAEMON,
    "tracker-died{at}.service": DIED,
    "tracker-backup{at}.service": BACKUP,
    "tracker-backup{at}.timer": TIMER,
}


def texts(has_instances: bool, command: str = COMMAND, user: str = "tracker") -> dict[str, str]:
    """Return the text of each unit file by its name: those of the one service, or of any number of named ones."""
    at, folder = ("@", "/%i") if has_instances else ("", "")
    values = {
        "at": "@%i" if has_instances else "",
        "of": " %i" if has_instances else "",
        "example": "@NAME" if has_instances else "",
        "command": _quoted(command),
        "config": f"/etc/tracker{folder}/config.yaml",
        "state_path": f"/var/lib/tracker{'/NAME' if has_instances else ''}",
        "backups": f"/var/lib/tracker{folder}/backups",
        "kept": KEPT_BACKUPS,
        "confined": CONFINED.format(user=user, state=f"tracker{folder}"),
    }
    return {name.format(at=at): text.format(**values) for name, text in FILES.items()}


def _quoted(command: str) -> str:
    """Write a path as systemd reads it in a command line."""
    plain = command.replace("%", "%%").replace("$", "$$")
    if not set(plain) & set(" \t\"'\\;"):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def sealed(text: str) -> str:
    """Return the text of an installed unit."""
    return f"{text}\n{SEAL}{__version__} ({_hash(text)}); a change belongs into a drop-in, see above.\n"


def is_as_written(installed: str) -> bool:
    """Tell whether an installed unit is as some version of tracker wrote it, and was not changed by hand since."""
    text, _, last = installed.rpartition(f"\n{SEAL}")
    return bool(text) and last.find("\n") == len(last) - 1 and f" ({_hash(text)}); " in last


def version_of(installed: str) -> str:
    """Return which version wrote an installed unit; empty when that is not known."""
    _, found, last = installed.rpartition(f"\n{SEAL}")
    return last.split(" ", 1)[0] if found else ""


def setting(text: str, name: str) -> str:
    """Return the first value of a setting in a unit's text; empty when there is none."""
    lines = (line.partition("=") for line in text.splitlines())
    return next((value for key, _, value in lines if key == name), "")


def command_in(text: str) -> str:
    """Return the command that a unit starts, as a path; empty when there is none."""
    words = shlex.split(setting(text, "ExecStart"))
    return words[0].replace("%%", "%").replace("$$", "$") if words else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
