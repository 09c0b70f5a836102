# Runs a command under what systemd makes of SystemCallFilter=, SystemCallErrorNumber=EPERM, RestrictAddressFamilies= and
# NoNewPrivileges=yes, without systemd: under-filter.py "@system-service" "AF_INET AF_UNIX" command...
import ctypes
import os
import re
import socket
import struct
import subprocess
import sys

groups, families, command = sys.argv[1].split(), sys.argv[2].split(), sys.argv[3:]


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def calls_of(group, seen):
    """The system calls of a group, the groups in it included."""
    seen.add(group)
    for line in output("systemd-analyze", "syscall-filter", "--no-pager", group).splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            if word not in seen:
                yield from calls_of(word, seen)
        elif word and not word.startswith("#"):
            yield word


header = output("cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null")
numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header)}
names = {name for group in groups for name in calls_of(group, set())}

# The filter is a program over struct seccomp_data: the call's number at 0, its first argument at 16.
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERROR, EPERM, EAFNOSUPPORT = 0x7FFF0000, 0x00050000, 1, 97
program = [(LOAD, 0, 0, 0)]
for number in sorted(numbers[name] for name in names & numbers.keys() - {"socket"}):
    program += [(IF_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
program += [(IF_EQUAL, 1, 0, numbers["socket"]), (RETURN, 0, 0, ERROR | EPERM), (LOAD, 0, 0, 16)]
for family in families:
    program += [(IF_EQUAL, 0, 1, int(getattr(socket, family))), (RETURN, 0, 0, ALLOW)]
program += [(RETURN, 0, 0, ERROR | EAFNOSUPPORT)]


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
given = Filter(len(program), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(given), 0, 0):
    sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
os.execvp(command[0], command)
