"""A cable between two switches that takes its time: frames that come in at one end leave at the other a while later, in order.

For kernels without netem. Usage: cable.py NAME NAME MILLISECONDS; makes two TAP devices and forwards between them until it is ended.
"""

import fcntl
import os
import select
import struct
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
LARGEST_FRAME = 65536


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def main():
    ends = [tap(sys.argv[1]), tap(sys.argv[2])]
    delay = float(sys.argv[3]) / 1000
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    try:
        # What it stands for does not wait for a processor.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        pass
    print("ready", flush=True)
    underway = deque()
    while True:
        wait = max(0.0, underway[0][0] - time.monotonic()) if underway else None
        for device in select.select(ends, [], [], wait)[0]:
            try:
                while True:
                    frame = os.read(device, LARGEST_FRAME)
                    underway.append((time.monotonic() + delay, other[device], frame))
            except BlockingIOError:
                pass
        now = time.monotonic()
        while underway and underway[0][0] <= now:
            _, device, frame = underway.popleft()
            try:
                os.write(device, frame)
            except OSError:
                # The device is down, or full: the frame is lost, as on any cable.
                pass


main()
